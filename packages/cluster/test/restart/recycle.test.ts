import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { roll, spread } from '../../../core/test/support/spread.ts';
import { recycleCause, recycleLimitsOf } from '../../src/restart/recycle.ts';

const vitalsOf = (requests: number, rssBytes: number) => ({
  requests,
  rssBytes,
  inFlight: 0,
  eventLoopUtilization: 0,
});
const limit = fc.option(fc.integer({ min: 1, max: 1e9 }), { nil: undefined });

describe('the limits of a worker', () => {
  it('are lower than the options by the jitter at most, and none where no option is given', () => {
    const property = fc.property(
      fc.record({ ageMs: limit, requests: limit, rssBytes: limit }),
      spread(0, 0.99),
      roll,
      (options, jitter, chance) => {
        const limits = recycleLimitsOf({ ...options, jitter }, () => chance);
        for (const name of ['ageMs', 'requests', 'rssBytes'] as const) {
          const most = options[name] ?? Infinity;
          expect(limits[name]).toBeLessThanOrEqual(most);
          expect(limits[name]).toBeGreaterThanOrEqual(most * (1 - jitter) * (1 - 1e-12));
        }
      },
    );
    fc.assert(property);
  });

  test('are drawn one by one, from four fifths of each on', () => {
    const rolls = [0, 0.5, 1 - 2 ** -53];
    const limits = recycleLimitsOf(
      { ageMs: 1_000, requests: 1_000, rssBytes: 1_000 },
      () => rolls.shift() ?? 0,
    );
    expect(limits.ageMs).toBe(1_000);
    expect(limits.requests).toBe(900);
    expect(limits.rssBytes).toBeCloseTo(800);
  });
});

describe('a worker is replaced', () => {
  const limits = { ageMs: 1_000, requests: 50, rssBytes: 2_000 };

  test.each([
    [999, 49, 1_999, undefined],
    [1_000, 0, 0, 'age'],
    [0, 50, 0, 'requests'],
    [0, 0, 2_000, 'rss'],
    [1_000, 50, 2_000, 'age'],
  ])('at %i ms, %i requests and %i bytes for the cause %s', (ageMs, requests, rssBytes, cause) => {
    expect(recycleCause(limits, vitalsOf(requests, rssBytes), ageMs)).toBe(cause);
  });

  test('for its age alone before it has told anything', () => {
    expect(recycleCause(limits, null, 999)).toBeUndefined();
    expect(recycleCause(limits, null, 1_000)).toBe('age');
  });

  test('never where there is no limit', () => {
    const none = recycleLimitsOf({}, () => 0.999);
    expect(recycleCause(none, vitalsOf(1e15, 1e15), 1e15)).toBeUndefined();
  });
});
