import type { Readable } from 'node:stream';
import { parseReport, type BlockedReport, type UnblockedReport } from './report.ts';

/** Who is told what the watchdog of a worker found. */
export interface BlockedListeners {
  /** Once for each time that the event loop stands still for too long. */
  onBlocked(report: BlockedReport): void;
  /** It goes on; always after `onBlocked`. `blockedMs` is how long it stood still in all. */
  onUnblocked(report: UnblockedReport): void;
}

/** A longer line cannot be one of the watchdog's. */
const MAX_LINE_CHARACTERS = 256 * 1024;

/**
 * Reads what the watchdog of one worker writes to `WATCHDOG_DESCRIPTOR`. A line that makes no sense is dropped; one
 * of more than 256 Ki characters destroys the stream, after which this worker is heard of no more. An error of the
 * stream is swallowed: that the worker is gone is seen elsewhere.
 */
export const watchBlocked = (stream: Readable, listeners: BlockedListeners): void => {
  let rest = '';
  const hear = (line: string): void => {
    const report = parseReport(line);
    if (report?.type === 'blocked') listeners.onBlocked(report);
    else if (report?.type === 'unblocked') listeners.onUnblocked(report);
  };
  stream.setEncoding('utf8');
  stream.on('error', () => undefined);
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) hear(line);
    if (rest.length > MAX_LINE_CHARACTERS) stream.destroy();
  });
};
