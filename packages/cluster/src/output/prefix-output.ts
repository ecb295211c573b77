import type { Readable, Writable } from 'node:stream';
import { LineSplitter, type LineLimit } from '../lines/line-splitter.ts';
import { outletOf } from './outlet.ts';

const NEWLINE = Buffer.from('\n');

/** No program can make its supervisor hold all that it writes. */
const LIMIT: LineLimit = { maxBytes: 64 * 1_024, tooLong: 'break' };

/**
 * Writes what comes from `source` to `target`, line by line after the prefix, which is asked for whenever there are
 * lines. Those of two sources do not mix. A line longer than 64 KiB is broken, between characters; one without an end
 * gets it when the source ends. The source waits while the target takes no more; a target that fails or closes loses
 * what comes after that, and does not throw. It is not ended, and the source has no `setEncoding`.
 */
export const prefixOutput = (source: Readable, target: Writable, prefix: () => string): void => {
  const outlet = outletOf(target);
  const splitter = new LineSplitter(LIMIT);
  const write = (lines: Iterable<Buffer>): void => {
    const whole = [...lines];
    if (whole.length === 0) return;
    const start = Buffer.from(prefix());
    outlet.write(Buffer.concat(whole.flatMap((line) => [start, line, NEWLINE])), source);
  };
  source.on('data', (chunk: Buffer) => write(splitter.push(chunk)));
  source.on('end', () => write(splitter.end()));
  // A worker that is killed may leave an error in place of an end; its exit is told elsewhere.
  source.on('error', () => undefined);
  source.on('close', () => {
    write(splitter.end());
    outlet.forget(source);
  });
};
