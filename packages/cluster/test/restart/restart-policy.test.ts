import { backoffDelay, backoffOf } from '@holdfast/core/adapter';
import { seededRandom } from '@holdfast/core/testing';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { RestartPolicy, type RestartTerms } from '../../src/restart/restart-policy.ts';

const policyWith = (terms: Partial<RestartTerms> = {}): RestartPolicy =>
  new RestartPolicy({
    backoff: backoffOf({ jitter: 'none', maxMs: 30_000 }),
    stableAfterMs: 30_000,
    random: () => 0,
    ...terms,
  });

/** One worker of a slot: how long it took to become ready, if it did, and how long it lived after that. */
const life = fc.record({
  startMs: fc.integer({ min: 0, max: 50 }),
  readyMs: fc.option(fc.integer({ min: 0, max: 200 })),
});

describe('the delay before a slot has another worker', () => {
  it('grows with each failure since the last worker that was ready for long enough', () => {
    const property = fc.property(
      fc.array(life, { maxLength: 30 }),
      fc.integer({ min: 0, max: 150 }),
      fc.constantFrom('full' as const, 'decorrelated' as const, 'none' as const),
      (lives, stableAfterMs, jitter) => {
        const backoff = backoffOf({ jitter, maxMs: 5_000 });
        const policy = policyWith({ backoff, stableAfterMs, random: seededRandom(7) });
        const random = seededRandom(7);
        const delays: number[] = [];
        let now = 0;
        for (const { startMs, readyMs } of lives) {
          now += startMs;
          if (readyMs !== null) {
            policy.ready(now);
            now += readyMs;
            if (readyMs >= stableAfterMs) delays.length = 0;
          }
          const [before] = delays.slice(-1);
          const expected =
            before === undefined ? 0 : backoffDelay(backoff, delays.length, before, random());
          delays.push(expected);
          expect(policy.failed(now)).toBe(expected);
          expect(policy.failures).toBe(delays.length);
          // Whole, so that a life that is just long enough is not made shorter by rounding.
          now += Math.ceil(expected);
        }
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  test('is nothing at first, then 100 ms, and doubles up to its maximum', () => {
    const policy = policyWith();
    const delays = Array.from({ length: 11 }, (_, index) => policy.failed(index));
    expect(delays).toEqual([0, 100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000]);
  });

  test('is short again on the millisecond that a worker has been ready for long enough', () => {
    const policy = policyWith();
    policy.failed(0);
    policy.failed(0);
    policy.ready(1_000);
    expect([policy.failed(30_999), policy.failures]).toEqual([200, 3]);
    policy.ready(31_000);
    expect([policy.failed(61_000), policy.failures]).toEqual([0, 1]);
  });

  test('does not count time that the slot had no ready worker', () => {
    const policy = policyWith();
    policy.ready(0);
    policy.failed(10);
    expect(policy.failed(100_000)).toBe(100);
  });

  test('counts how long the worker before was ready where a reload put another in its place', () => {
    const policy = policyWith();
    for (const now of [0, 1, 2]) policy.failed(now);
    policy.ready(10);
    policy.ready(30_010);
    expect([policy.failed(30_011), policy.failures]).toEqual([0, 1]);
    policy.ready(30_020);
    policy.ready(30_030);
    expect([policy.failed(60_025), policy.failures]).toEqual([100, 2]);
  });

  test('never ends the growth in a number that is none, however many failures there are', () => {
    const policy = policyWith();
    for (let failure = 0; failure < 5_000; failure++) policy.failed(failure);
    expect(policy.failed(5_000)).toBe(30_000);
  });
});
