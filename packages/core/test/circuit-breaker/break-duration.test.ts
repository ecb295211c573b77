import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { breakDuration } from '../../src/circuit-breaker/break-duration.ts';
import type { OpenOptions } from '../../src/index.ts';
import { roll, spread } from '../support/spread.ts';

const opens = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.nat());
/** Few enough to be multiplied out. */
const small = fc.integer({ min: 1, max: 200 });
const openForMs = fc.oneof(
  { weight: 4, arbitrary: spread(0, 200_000) },
  { weight: 1, arbitrary: fc.constantFrom(Infinity, Number.MAX_VALUE) },
);
const duration = spread(0, 1e6);
const factor = fc.oneof(
  { weight: 4, arbitrary: spread(1, 10) },
  { weight: 1, arbitrary: fc.constant(Number.MAX_VALUE) },
);

const open: fc.Arbitrary<OpenOptions> = fc
  .record({
    baseMs: duration,
    aboveBaseMs: duration,
    factor,
    jitter: roll,
    maxOpenForMs: fc.option(duration, { nil: undefined }),
  })
  .map(({ aboveBaseMs, ...rest }) => ({
    ...rest,
    maxMs: rest.baseMs + aboveBaseMs,
    stableForMs: 60_000,
  }));

/** Room for the rounding of one multiplication. */
const EPSILON = 1e-9;
const atLeast = (value: number, floor: number): void =>
  expect(value).toBeGreaterThanOrEqual(floor * (1 - EPSILON));
const atMost = (value: number, ceiling: number): void =>
  expect(value).toBeLessThanOrEqual(ceiling * (1 + EPSILON));

/** The break before jitter, multiplied out step by step. */
const steppedBreak = ({ baseMs, factor: by, maxMs }: OpenOptions, count: number): number => {
  let ms = baseMs;
  for (let step = 1; step < count && ms > 0 && ms < maxMs; step++) ms *= by;
  return Math.min(ms, maxMs);
};

describe('the duration of a break', () => {
  it('lies within the jitter round the capped break', () => {
    const property = fc.property(open, small, roll, (of, k, chance) => {
      const middle = steppedBreak(of, k);
      const ms = breakDuration(of, k, chance);
      atLeast(ms, middle * (1 - of.jitter));
      atMost(ms, middle * (1 + of.jitter));
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('grows with each consecutive open, or stays', () => {
    const property = fc.property(open, opens, roll, (of, k, chance) => {
      atLeast(breakDuration(of, k + 1, chance), breakDuration(of, k, chance));
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('grows with the roll, and an even roll changes nothing', () => {
    const property = fc.property(open, opens, roll, roll, (of, k, one, other) => {
      const [lower, higher] = [Math.min(one, other), Math.max(one, other)];
      atLeast(breakDuration(of, k, higher), breakDuration(of, k, lower));
      expect(breakDuration(of, k, 0.5)).toBe(breakDuration({ ...of, jitter: 0 }, k, 0.5));
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('is never shorter than what the dependency asked for, up to the most it may ask', () => {
    const property = fc.property(open, small, roll, openForMs, (of, k, chance, asked) => {
      const floor = Math.max(steppedBreak(of, k), Math.min(asked, of.maxOpenForMs ?? of.maxMs));
      const ms = breakDuration(of, k, chance, asked);
      atLeast(ms, floor);
      atMost(ms, floor * (1 + of.jitter));
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('is always a finite number, not below 0', () => {
    const asked = fc.option(openForMs, { nil: undefined });
    const property = fc.property(open, opens, roll, asked, (of, k, chance, ms) => {
      expect(breakDuration(of, k, chance, ms)).toSatisfy(Number.isFinite);
      expect(breakDuration(of, k, chance, ms)).toBeGreaterThanOrEqual(0);
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  it('is that of the first open where the circuit was opened by hand', () => {
    const property = fc.property(open, roll, (of, chance) => {
      expect(breakDuration(of, 0, chance)).toBe(breakDuration(of, 1, chance));
    });
    fc.assert(property);
  });

  it('doubles from five seconds to a minute as documented', () => {
    const of = { baseMs: 5_000, factor: 2, maxMs: 60_000, jitter: 0.2 };
    const all = { ...of, stableForMs: 60_000, maxOpenForMs: 60_000 };
    const breaks = [1, 2, 3, 4, 5, 6].map((k) => breakDuration(all, k, 0.5));
    expect(breaks).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  });
});
