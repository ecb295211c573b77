import type { Readable } from 'node:stream';
import { linesOf } from '../lines/lines-of.ts';
import { parseReport, type BlockedReport, type UnblockedReport } from './report.ts';

/** Who is told what the watchdog of a worker found. */
export interface BlockedListeners {
  /** Once for each time that the event loop stands still for too long. */
  onBlocked(report: BlockedReport): void;
  /** It goes on; always after `onBlocked`. `blockedMs` is how long it stood still in all. */
  onUnblocked(report: UnblockedReport): void;
}

/** A longer line cannot be one of the watchdog's. */
const MAX_LINE_BYTES = 256 * 1024;

const hear = async (stream: Readable, listeners: BlockedListeners): Promise<void> => {
  let isBlocked = false;
  for await (const line of linesOf(stream, MAX_LINE_BYTES)) {
    const report = parseReport(line ?? '');
    if (report === undefined) continue;
    if (report.type === 'blocked') listeners.onBlocked(report);
    else if (isBlocked) listeners.onUnblocked(report);
    isBlocked = report.type === 'blocked';
  }
};

/**
 * Reads what the watchdog of one worker writes to `WATCHDOG_DESCRIPTOR`. A line that makes no sense, or is longer than
 * 256 KiB, is dropped. An error of the stream is swallowed: that the worker is gone is seen elsewhere.
 */
export const watchBlocked = (stream: Readable, listeners: BlockedListeners): void => {
  hear(stream, listeners).catch((error: unknown) => {
    if (!stream.destroyed) throw error;
  });
};
