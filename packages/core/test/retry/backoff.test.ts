import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffDelay, backoffOf, type Backoff } from '../../src/retry/backoff.ts';
import { expectInvalid } from '../support/invalid-option.ts';

const roll = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const retry = fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1 }));
const ms = fc.oneof(fc.constant(0), fc.double({ min: 0.001, max: 1e6, noNaN: true }));
const backoff: fc.Arbitrary<Backoff> = fc.record({
  baseMs: ms,
  factor: fc.oneof(fc.double({ min: 1, max: 5, noNaN: true }), fc.constant(Number.MAX_VALUE)),
  maxMs: ms,
  jitter: fc.constantFrom('none', 'full', 'equal'),
});

/** The delay before jitter, multiplied out step by step. */
const stepped = ({ baseMs, factor, maxMs }: Backoff, count: number): number => {
  let delay = baseMs;
  for (let step = 1; step < count && delay > 0 && delay < maxMs; step++) {
    delay *= factor;
  }
  return Math.min(delay, maxMs);
};

describe('the delay before a retry', () => {
  it('is the capped delay without jitter', () => {
    const small = fc.integer({ min: 1, max: 100 });
    const property = fc.property(backoff, small, roll, (of, count, chance) => {
      const delay = backoffDelay({ ...of, jitter: 'none' }, count, chance);
      const expected = stepped(of, count);
      expect(Math.abs(delay - expected)).toBeLessThanOrEqual(expected * 1e-9);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('lies between 0 and the delay with full jitter, and in its upper half with equal jitter', () => {
    const property = fc.property(backoff, retry, roll, (of, count, chance) => {
      const whole = backoffDelay({ ...of, jitter: 'none' }, count, chance);
      const full = backoffDelay({ ...of, jitter: 'full' }, count, chance);
      const equal = backoffDelay({ ...of, jitter: 'equal' }, count, chance);
      expect(full).toBeGreaterThanOrEqual(0);
      expect(full).toBeLessThanOrEqual(whole);
      expect(equal).toBeGreaterThanOrEqual(whole / 2);
      expect(equal).toBeLessThanOrEqual(whole);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('grows with each retry and with the roll, or stays, and is never above the maximum', () => {
    const property = fc.property(backoff, retry, roll, roll, (of, count, one, other) => {
      const [lower, higher] = [Math.min(one, other), Math.max(one, other)];
      const delay = backoffDelay(of, count, lower);
      expect(backoffDelay(of, count + 1, lower)).toBeGreaterThanOrEqual(delay);
      expect(backoffDelay(of, count, higher)).toBeGreaterThanOrEqual(delay);
      expect(delay).toBeLessThanOrEqual(of.maxMs);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('is always a finite number', () => {
    const property = fc.property(backoff, retry, roll, (of, count, chance) => {
      expect(backoffDelay(of, count, chance)).toSatisfy(Number.isFinite);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('spreads over the whole range with full jitter', () => {
    const of = backoffOf({ baseMs: 100, maxMs: 1_000 });
    expect([0, 0.25, 0.5].map((chance) => backoffDelay(of, 2, chance))).toEqual([0, 50, 100]);
  });
});

describe('the options of a backoff', () => {
  it('have defaults', () => {
    expect(backoffOf({})).toEqual({ baseMs: 100, factor: 2, maxMs: 2_000, jitter: 'full' });
  });

  it.each([
    { given: { baseMs: -1 }, option: 'backoff.baseMs', value: -1, type: RangeError },
    {
      given: { baseMs: Number.NaN },
      option: 'backoff.baseMs',
      value: Number.NaN,
      type: RangeError,
    },
    { given: { maxMs: Infinity }, option: 'backoff.maxMs', value: Infinity, type: RangeError },
    { given: { factor: 0.5 }, option: 'backoff.factor', value: 0.5, type: RangeError },
    { given: { baseMs: '1' }, option: 'backoff.baseMs', value: '1', type: TypeError },
    { given: { jitter: 'some' }, option: 'backoff.jitter', value: 'some', type: TypeError },
    { given: { base: 1 }, option: 'backoff.base', value: 1, type: TypeError },
  ])('are refused by name: $option = $value', ({ given, ...complaint }) => {
    expectInvalid(() => backoffOf(given as object), complaint);
  });
});
