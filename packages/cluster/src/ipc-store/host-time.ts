import type { Clock } from '@holdfast/core';

const offsets = new WeakMap<Clock, number>();

/** Between two looks at a clock the process may have lost the CPU: then it is asked again, so often at most. */
const LOOKS = 20;
const CLOSE_ENOUGH_MS = 1;

interface Look {
  readonly offset: number;
  /** It is off by half of this at the most. */
  readonly tookMs: number;
}

const look = (clock: Clock): Look => {
  const before = clock.now();
  // oxlint-disable-next-line no-restricted-properties -- asked once: clocks of two processes begin at different times
  const [seconds, nanoseconds] = process.hrtime();
  const tookMs = clock.now() - before;
  return { offset: seconds * 1_000 + nanoseconds / 1_000_000 - before - tookMs / 2, tookMs };
};

const offsetOf = (clock: Clock): number => {
  let best = look(clock);
  for (let looks = 1; looks < LOOKS && best.tookMs > CLOSE_ENOUGH_MS; looks++) {
    const another = look(clock);
    if (another.tookMs < best.tookMs) best = another;
  }
  return best.offset;
};

/**
 * What a clock lacks to the monotonic time that all processes of a host have in common, in milliseconds: with it
 * one process can tell another until when something may be done. Found out once for each clock, which has to go on with
 * that time from then on, as the system's does and a virtual one does not.
 */
export const hostOffsetOf = (clock: Clock): number => {
  const known = offsets.get(clock);
  if (known !== undefined) return known;
  const offset = offsetOf(clock);
  offsets.set(clock, offset);
  return offset;
};
