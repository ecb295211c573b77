import { HoldfastError } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { claimsOf, exitCodeOf } from '../claims.ts';
import type { Pair, Pairs } from '../run.ts';
import type { Sight } from '../sight.ts';

const bare: Sight = {
  calls: 10,
  answered: 5,
  tookMs: 100,
  error: new TypeError('fetch failed'),
  requests: 10,
  booked: 10,
  remainingMs: [],
};

const refused = new TypeError('fetch failed', {
  cause: new HoldfastError({ code: 'HF_CIRCUIT_OPEN', policy: 'outbound' }),
});
const inTime = new HoldfastError({ code: 'HF_DEADLINE_EXCEEDED', policy: 'outbound' });

const good: Pairs = {
  flaky: { bare, wrapped: { ...bare, answered: 10, requests: 15 } },
  outage: { bare, wrapped: { ...bare, answered: 0, requests: 9, error: refused } },
  orders: { bare, wrapped: { ...bare, answered: 10, requests: 15 } },
  page: {
    bare,
    wrapped: { ...bare, answered: 0, tookMs: 250, error: inTime, requests: 1, remainingMs: [250] },
  },
};

const change = (part: keyof Pairs, side: keyof Pair, changes: Partial<Sight>): Pairs => ({
  ...good,
  [part]: { ...good[part], [side]: { ...good[part][side], ...changes } },
});

describe('the claims of the example', () => {
  it('all hold at their borders', () => {
    expect(claimsOf(good).map(({ holds }) => holds)).toEqual([true, true, true, true]);
    expect(exitCodeOf(claimsOf(good))).toBe(0);
  });

  it.each([
    ['a bare client that sees no failure', 0, change('flaky', 'bare', { answered: 10 })],
    ['a failure that is not hidden', 0, change('flaky', 'wrapped', { answered: 9 })],
    ['a bare client that spares the server', 1, change('outage', 'bare', { requests: 9 })],
    ['a server that is not left alone', 1, change('outage', 'wrapped', { requests: 10 })],
    ['an error that is no refusal', 1, change('outage', 'wrapped', { error: bare.error })],
    ['a bare order that never fails', 2, change('orders', 'bare', { answered: 10 })],
    ['an order without an answer', 2, change('orders', 'wrapped', { answered: 9 })],
    ['no order that is sent again', 2, change('orders', 'wrapped', { requests: 10 })],
    ['an order that is booked twice', 2, change('orders', 'wrapped', { booked: 11 })],
    ['an end by another error', 3, change('page', 'wrapped', { error: refused.cause })],
    ['an end before the deadline', 3, change('page', 'wrapped', { tookMs: 200 })],
    ['a call after the deadline', 3, change('page', 'wrapped', { requests: 2 })],
    ['a server that is not told', 3, change('page', 'wrapped', { remainingMs: [] })],
    ['a server that is told too much', 3, change('page', 'wrapped', { remainingMs: [251] })],
  ])('%s fails its own claim alone', (_, index, pairs) => {
    const claims = claimsOf(pairs);
    expect(claims.map(({ holds }) => holds)).toEqual([0, 1, 2, 3].map((each) => each !== index));
    expect(exitCodeOf(claims)).toBe(1);
  });
});
