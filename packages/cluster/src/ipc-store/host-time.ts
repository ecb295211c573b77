import type { Clock } from '@holdfast/core';

const offsets = new WeakMap<Clock, number>();

/**
 * What a clock lacks to the monotonic time that all processes of a host have in common, in milliseconds: with it
 * one process can tell another until when something may be done.
 */
export const hostOffsetOf = (clock: Clock): number => {
  const known = offsets.get(clock);
  if (known !== undefined) return known;
  // oxlint-disable-next-line no-restricted-properties -- asked once: clocks of two processes begin at different times
  const [seconds, nanoseconds] = process.hrtime();
  const offset = seconds * 1_000 + nanoseconds / 1_000_000 - clock.now();
  offsets.set(clock, offset);
  return offset;
};
