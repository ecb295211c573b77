import { writeSync } from 'node:fs';

/** How often a pipe that is full is tried again, and how long it is waited before each. */
const PAUSES = 40;
const PAUSE_MS = 5;

const pause = (): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
};

const isFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EAGAIN';

/**
 * Writes at once, without a stream of the main thread; gives up after 200 ms in which nobody reads, and where nobody
 * can (any other error). Never throws.
 */
export const writeAll = (descriptor: number, text: string): void => {
  let rest = Buffer.from(text);
  for (let pauses = 0; rest.length > 0 && pauses < PAUSES;) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if (!isFull(error)) return;
      pause();
      pauses++;
    }
  }
};
