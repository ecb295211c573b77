import fc from 'fast-check';

/** Nothing that is measured is smaller, but for 0. */
const SMALLEST = 1e-9;

/**
 * From `min` to `max`: numbers that lie evenly there, whole ones, some of each size, and the ends. `fc.double` draws
 * every number that there is as often as another: of those from 0 to a million only one in fifty is above 1.
 */
export const spread = (min: number, max: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.maxSafeNat().map((at) => Math.min(max, min + (max - min) * (at / Number.MAX_SAFE_INTEGER))),
    fc.integer({ min: Math.ceil(min), max: Math.floor(max) }),
    fc.double({ min: Math.max(min, SMALLEST), max, noNaN: true }),
    fc.constantFrom(min, max),
  );

/** Chance as `Random` gives it, from 0 to what is nearly 1; its ends and its middle often. */
export const roll: fc.Arbitrary<number> = fc.oneof(
  { weight: 3, arbitrary: fc.maxSafeNat().map((at) => at * 2 ** -53) },
  { weight: 1, arbitrary: fc.constantFrom(0, 0.5, 1 - 2 ** -53) },
);
