import { expect, it } from 'vitest';
import { culpritOf } from '../disturb.ts';
import { AFTERMATH_MS, whatCustomersSaw, type Disturbance } from '../disturbances.ts';
import { currentCircuits, noEvidence, record } from '../evidence.ts';
import type { Outcome, Sample } from '../messages.ts';

const killed: Disturbance = { kind: 'kill', at: 30_000, tookMs: 500, rescued: 2 };
const END = 30_500 + AFTERMATH_MS;

const sample = (at: number, latencyMs: number, outcome: Outcome = 'paid'): Sample => ({
  side: 'holdfast',
  at,
  latencyMs,
  outcome,
});

it('counts what was under way at any time until a while after the end, on its own side', () => {
  const samples: Sample[] = [
    sample(29_980, 19, 'error'), // over before it
    sample(29_980, 20, 'error'),
    sample(29_000, 2_000),
    sample(30_000, 5, 'later'),
    sample(30_020, 1, 'timeout'),
    sample(30_010, 3, 'error'),
    sample(31_000, 7, 'refused'),
    sample(END - 1, 4_000),
    sample(END, 4_500, 'error'), // begun after it
    { ...sample(30_100, 4_500, 'error'), side: 'bare' },
  ];
  expect(whatCustomersSaw(killed, samples)).toEqual({
    ...killed,
    orders: 7,
    underWay: 3,
    served: 3,
    refused: 1,
    failed: 3,
    lastFailedMs: 20,
    slowestMs: 4_000,
  });
});

it('knows no last failure and no slowest order where there are none', () => {
  expect(whatCustomersSaw(killed, [])).toMatchObject({
    orders: 0,
    lastFailedMs: undefined,
    slowestMs: Number.NaN,
  });
  expect(whatCustomersSaw(killed, [sample(29_990, 20, 'error')]).lastFailedMs).toBe(-10);
});

it.each([
  [
    '    at RegExp.test (<anonymous>)\n    at isCoupon (/a/checkout.ts:61:63)\n    at next (/b/route.js:1:2)',
    'isCoupon (checkout.ts:61:63)',
  ],
  ['    at /a/checkout.ts:65:38\n    at next (/b c/route.js:1:2)', 'next (route.js:1:2)'],
  ['    at /a/checkout.ts:65:38', undefined],
  [undefined, undefined],
])('names the innermost function of a stack: %j', (stack, culprit) => {
  expect(culpritOf(stack)).toBe(culprit);
});

it('takes the newest worker of each slot for the one that is there, also while the old one still reports', () => {
  const evidence = noEvidence();
  const report = (slot: number, pid: number): void =>
    record(evidence, {
      type: 'circuit',
      circuit: { slot, pid, state: 'CLOSED', summary: '', putOff: 0, chargedLater: 0 },
    });
  report(1, 11);
  report(0, 10);
  report(0, 12);
  report(0, 10);
  expect(currentCircuits(evidence).map(({ pid }) => pid)).toEqual([12, 11]);
});
