import { numberIn } from '../options/validate.ts';
import type { Random } from '../runtime/clock.ts';

/**
 * Repeatable chance: the same seed gives the same numbers in [0, 1) (mulberry32, by Tommy Ettinger).
 * Of the seed its whole part counts, modulo 2^32. Throws `TypeError` or `RangeError` for what is no
 * finite number.
 */
export const seededRandom = (seed: number): Random => {
  let state = Math.trunc(numberIn('seed', seed, {})) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};
