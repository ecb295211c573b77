import assert from 'node:assert/strict';
import type { Count } from '../../store.ts';
import {
  eventually,
  freshKey,
  pause,
  racers,
  SOON,
  storeCase,
  type StoreCase,
} from '../store-case.ts';

const cost = (units: number, numbers: Partial<Count> = {}): Count => ({
  quota: 10,
  windowMs: 3_600_000,
  cost: units,
  ...numbers,
});

export const COUNT_CASES: readonly StoreCase[] = [
  storeCase('a new key of a window has its whole quota, and no more', async (store) => {
    const key = freshKey();
    const taken = await store.count(key, cost(10), SOON);
    assert.deepEqual([taken.units, taken.remaining, taken.retryMs], [10, 0, 0]);
    assert.equal((await store.count(key, cost(1), SOON)).units, 0);
  }),

  storeCase('a window never gives a part of what is asked for', async (store) => {
    const key = freshKey();
    await store.count(key, cost(7), SOON);
    const refused = await store.count(key, cost(4), SOON);
    assert.deepEqual([refused.units, refused.remaining], [0, 3]);
    assert.equal((await store.count(key, cost(3), SOON)).units, 3);
  }),

  storeCase(
    'a refusal of a window takes nothing and tells when the units are there',
    async (store) => {
      const window = { quota: 2, windowMs: 100 };
      const { key, retryMs } = await eventually(async () => {
        const tried = freshKey();
        await store.count(tried, cost(2, window), SOON);
        const second = await store.count(tried, cost(2, window), SOON);
        // A machine that stalled for so long had nothing to refuse any more.
        return second.units === 0 ? { key: tried, retryMs: second.retryMs } : undefined;
      });
      assert.ok(retryMs > 0 && retryMs <= 100, String(retryMs));
      await pause(retryMs + 2);
      assert.equal((await store.count(key, cost(2, window), SOON)).units, 2);
    },
  ),

  storeCase('a window tells when one more unit is there, and when all are', async (store) => {
    const key = freshKey();
    const full = await store.count(key, cost(0), SOON);
    assert.deepEqual([full.moreMs, full.resetMs, full.span], [0, 0, 0]);
    const { moreMs, resetMs } = await store.count(key, cost(4), SOON);
    assert.ok(moreMs > 3_599_999 && moreMs <= 3_600_000, String(moreMs));
    assert.ok(resetMs > 3_599_999 && resetMs <= 3_600_000.001, String(resetMs));
  }),

  storeCase('who wants nothing of a window looks and changes nothing', async (store) => {
    const key = freshKey();
    await store.count(key, cost(0), SOON);
    assert.equal((await store.count(key, cost(10), SOON)).span, 1);
    const second = await store.count(key, cost(0), SOON);
    assert.deepEqual([second.units, second.remaining, second.retryMs], [0, 0, 0]);
  }),

  storeCase('units of a window that were given back are there for the next', async (store) => {
    const key = freshKey();
    const { span } = await store.count(key, cost(6), SOON);
    const given = await store.count(key, cost(-2, { span }), SOON);
    assert.deepEqual([given.units, given.remaining, given.retryMs], [-2, 6, 0]);
  }),

  storeCase('a window takes back no more than stands in the span', async (store) => {
    const key = freshKey();
    const { span } = await store.count(key, cost(3), SOON);
    assert.equal((await store.count(key, cost(-9, { span }), SOON)).units, -3);
    assert.equal((await store.count(key, cost(-1, { span }), SOON)).units, 0);
    assert.equal((await store.count(key, cost(0), SOON)).remaining, 10);
  }),

  storeCase('a window takes nothing back for a span it does not have', async (store) => {
    const key = freshKey();
    const { span } = await store.count(key, cost(3), SOON);
    for (const other of [0, span + 1, span + 9, span + 18]) {
      const given = await store.count(key, cost(-1, { span: other }), SOON);
      assert.deepEqual([given.units, given.remaining], [0, 7], `span ${other}`);
    }
  }),

  storeCase('a window of which nothing was taken takes nothing back', async (store) => {
    const key = freshKey();
    const given = await store.count(key, cost(-5, { span: 1 }), SOON);
    assert.deepEqual([given.units, given.remaining, given.span], [0, 10, 0]);
    assert.equal((await store.count(key, cost(10), SOON)).units, 10);
  }),

  storeCase('a hundred racers for ten units of a window get ten', async (store) => {
    const key = freshKey();
    const taken = await racers(100, () => store.count(key, cost(1), SOON));
    assert.equal(taken.filter(({ units }) => units === 1).length, 10);
  }),
];
