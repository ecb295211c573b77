import { expect, it } from 'vitest';
import { claimsOf } from '../claims.ts';
import type { DisturbanceKind, DisturbanceSummary } from '../disturbances.ts';
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

const seen = (
  kind: DisturbanceKind,
  changes: Partial<DisturbanceSummary> = {},
): DisturbanceSummary => ({
  kind,
  at: 25_000,
  tookMs: 1_500,
  rescued: 0,
  orders: 300,
  underWay: 4,
  served: 295,
  refused: 0,
  failed: 5,
  lastFailedMs: 1_000,
  slowestMs: 4_999,
  ...changes,
});

const reload = seen('reload', { failed: 0, lastFailedMs: undefined });
const kill = seen('kill');
const block = seen('block', { culprit: 'isCoupon (checkout.ts:61:63)' });
const undone = { orders: 0, failed: 0, lastFailedMs: undefined, slowestMs: Number.NaN };

const verdicts = (summary: Summary, disturbances = [reload, kill, block]): boolean[] =>
  claimsOf(summary, disturbances).map(({ holds }) => holds);

const allBut = (index: number): boolean[] => Array.from({ length: 8 }, (_, at) => at !== index);

it('all hold at their borders', () => {
  expect(verdicts(good)).toEqual(allBut(-1));
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
  expect(verdicts(summary)).toEqual(allBut(index));
});

it.each([
  ['an order lost in the reload', [{ ...reload, failed: 1, lastFailedMs: 0 }, kill, block], 4],
  ['a reload without customers', [{ ...reload, ...undone }, kill, block], 4],
  ['a loss long after the kill', [reload, { ...kill, lastFailedMs: 1_001 }, block], 5],
  ['a kill without customers', [reload, { ...kill, ...undone }, block], 5],
  ['another culprit', [reload, kill, { ...block, culprit: 'next (router.js:1:1)' }], 6],
  ['no culprit', [reload, kill, { ...block, culprit: undefined }], 6],
  ['a customer who left', [reload, kill, { ...block, slowestMs: 5_000 }], 7],
  ['a block without customers', [reload, kill, { ...block, ...undone }], 7],
])('%s fails its own claim alone', (_, disturbances, index) => {
  expect(verdicts(good, disturbances)).toEqual(allBut(index));
});

it('fails none for a kill that nobody noticed', () => {
  const unnoticed = seen('kill', { failed: 0, lastFailedMs: undefined });
  expect(verdicts(good, [reload, unnoticed, block])).toEqual(allBut(-1));
});

it('says what was measured', () => {
  const early = seen('kill', { lastFailedMs: -10 });
  expect(claimsOf(good, [reload, early, kill, block]).map(({ measured }) => measured)).toEqual([
    '80.0 % served + 19.0 % refused',
    '9.9 %',
    '100 of 1000, 10.0 %',
    '5.0 s',
    '0 of 300 failed',
    '5 of 300 failed, none came after it',
    '5 of 300 failed, the last came 1000 ms after it',
    'isCoupon (checkout.ts:61:63), after 1.5 s',
    '5 of 300 failed, the slowest after 5.0 s',
  ]);
});
