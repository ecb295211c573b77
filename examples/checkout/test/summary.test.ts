import { describe, expect, it } from 'vitest';
import { noEvidence } from '../evidence.ts';
import { DISTURBED_FROM_MS, HEALED_AT_MS, INCIDENT_MS, phaseAt } from '../incident.ts';
import type { Outcome, Sample } from '../messages.ts';
import { latenciesOf, percentile, recoveryMs, summarise } from '../summary.ts';

const sample = (at: number, outcome: Outcome, latencyMs = 5): Sample => ({
  side: 'bare',
  at,
  latencyMs,
  outcome,
});

const orders = (from: number, count: number, outcome: Outcome): Sample[] =>
  Array.from({ length: count }, (_, index) => sample(from + index * 10, outcome));

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);

  it.each([
    [0.5, 50],
    [0.99, 99],
    [1, 100],
    [0.001, 1],
  ])('of 1 … 100 at %d is %d', (share, value) => {
    expect(percentile(hundred, share)).toBe(value);
  });

  it('is the only value, and NaN for none', () => {
    expect(percentile([7], 0.99)).toBe(7);
    expect(percentile([], 0.99)).toBeNaN();
  });

  it('sorts numbers as numbers', () => {
    expect(latenciesOf([100, 9, 20].map((ms) => sample(0, 'paid', ms)))).toEqual([9, 20, 100]);
  });
});

describe('incident', () => {
  it('is healthy before and after', () => {
    expect([-1, 0, HEALED_AT_MS, DISTURBED_FROM_MS, 100 * HEALED_AT_MS].map(phaseAt)).toEqual(
      Array(5).fill('healthy'),
    );
  });

  it('lasts at least 14 s, heals when its last part is over, and is left alone until all had to have recovered', () => {
    expect(INCIDENT_MS).toBeGreaterThanOrEqual(14_000);
    expect(phaseAt(HEALED_AT_MS - 1)).toBe('errors');
    // The 5 s that are claimed, and the hundred orders by which a recovery is known.
    expect(DISTURBED_FROM_MS - HEALED_AT_MS).toBeGreaterThanOrEqual(6_000);
  });
});

describe('recovery', () => {
  it('is counted to the first of a hundred orders in a row that were charged at once', () => {
    const samples = [
      ...orders(HEALED_AT_MS, 30, 'later'),
      ...orders(HEALED_AT_MS + 300, 100, 'paid'),
    ];
    expect(recoveryMs(samples.reverse())).toBe(300);
  });

  it('begins anew after an order that failed or was late', () => {
    const late = sample(HEALED_AT_MS + 500, 'paid', 1_001);
    const samples = [
      ...orders(HEALED_AT_MS, 50, 'paid'),
      late,
      ...orders(HEALED_AT_MS + 510, 100, 'paid'),
    ];
    expect(recoveryMs(samples)).toBe(510);
  });

  it('is never when the run is too short, and looks at nothing before the healing', () => {
    expect(recoveryMs(orders(HEALED_AT_MS, 99, 'paid'))).toBeUndefined();
    expect(recoveryMs(orders(0, 200, 'paid'))).toBeUndefined();
  });
});

it('counts each order of the incident in one column, and none outside it', () => {
  const evidence = noEvidence();
  evidence.samples.push(
    sample(0, 'paid'),
    sample(6_000, 'paid', 1_000),
    sample(6_000, 'paid', 1_001),
    sample(6_000, 'later'),
    sample(6_000, 'timeout', 999),
    sample(14_000, 'refused'),
    sample(14_000, 'error'),
    sample(HEALED_AT_MS, 'paid'),
  );
  evidence.calls = {
    bare: { healthy: 9, hang: 3, errors: 4 },
    holdfast: { healthy: 9, hang: 1, errors: 0 },
  };
  const { bare, holdfast } = summarise(evidence);
  expect(bare).toMatchObject({
    orders: 6,
    served: 2,
    later: 1,
    refused: 1,
    failed: 1,
    late: 2,
    answeredInHang: 0.5,
    sickCalls: 7,
  });
  expect(holdfast).toMatchObject({ orders: 0, sickCalls: 1 });
});
