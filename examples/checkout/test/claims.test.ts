import { expect, it } from 'vitest';
import { claimsOf } from '../claims.ts';
import type { SideSummary, Summary } from '../summary.ts';

const side: SideSummary = {
  orders: 1_000,
  served: 800,
  later: 800,
  refused: 190,
  failed: 0,
  late: 10,
  p50: 5,
  p99: 300,
  answeredInHang: 1,
  sickCalls: 100,
  recoveryMs: 5_000,
};

const good: Summary = {
  bare: { ...side, answeredInHang: 0.099, sickCalls: 1_000 },
  holdfast: side,
};

const verdicts = (summary: Summary): boolean[] => claimsOf(summary).map(({ holds }) => holds);

it('all hold at their borders', () => {
  expect(verdicts(good)).toEqual([true, true, true, true]);
});

const change = (of: 'bare' | 'holdfast', changes: Partial<SideSummary>): Summary => ({
  ...good,
  [of]: { ...good[of], ...changes },
});

it.each([
  ['too few orders answered', change('holdfast', { refused: 189 }), 0],
  ['bare answers in the hang', change('bare', { answeredInHang: 0.1 }), 1],
  ['too many calls', change('holdfast', { sickCalls: 101 }), 2],
  ['a slow recovery', change('holdfast', { recoveryMs: 5_001 }), 3],
  ['no recovery', change('holdfast', { recoveryMs: undefined }), 3],
  ['nothing measured', change('holdfast', { orders: 0, served: 0, refused: 0 }), 0],
])('%s fails its own claim alone', (_, summary, index) => {
  expect(verdicts(summary)).toEqual([0, 1, 2, 3].map((claim) => claim !== index));
});

it('prints both shares of the first claim', () => {
  expect(claimsOf(good)[0]?.measured).toBe('80.0 % served + 19.0 % refused');
});
