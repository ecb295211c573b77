import assert from 'node:assert/strict';
import type { Take } from '../../store.ts';
import {
  eventually,
  freshKey,
  pause,
  racers,
  SOON,
  storeCase,
  type StoreCase,
} from '../store-case.ts';

/** So slow that nothing comes back within a case. */
const NEVER = 1e-9;

const want = (units: number, numbers: Partial<Take> = {}): Take => ({
  unitsPerMs: NEVER,
  burst: 10,
  want: units,
  ...numbers,
});

export const TAKE_CASES: readonly StoreCase[] = [
  storeCase('a new key of a rate has its whole burst, and no more', async (store) => {
    const key = freshKey();
    const taken = await store.take(key, want(10), SOON);
    assert.equal(taken.units, 10);
    assert.equal(taken.remaining, 0);
    assert.equal(taken.retryMs, 0);
    assert.equal((await store.take(key, want(1), SOON)).units, 0);
  }),

  storeCase(
    'a rate gives as many units as are there, from the least that is asked for',
    async (store) => {
      const key = freshKey();
      await store.take(key, want(7), SOON);
      const few = await store.take(key, want(10, { min: 4 }), SOON);
      assert.deepEqual([few.units, few.remaining], [0, 3]);
      const enough = await store.take(key, want(10, { min: 2 }), SOON);
      assert.deepEqual([enough.units, enough.remaining], [3, 0]);
      const none = await store.take(key, want(10, { min: 0 }), SOON);
      assert.deepEqual([none.units, none.remaining, none.retryMs], [0, 0, 0]);
    },
  ),

  storeCase(
    'a refusal of a rate takes nothing and tells when the units are there',
    async (store) => {
      const rate = { unitsPerMs: 1 / 60, burst: 2 };
      const { key, retryMs } = await eventually(async () => {
        const tried = freshKey();
        await store.take(tried, want(2, rate), SOON);
        const second = await store.take(tried, want(2, rate), SOON);
        // A machine that stalled for so long had nothing to refuse any more.
        return second.units === 0 ? { key: tried, retryMs: second.retryMs } : undefined;
      });
      assert.ok(retryMs > 0 && retryMs <= 120, String(retryMs));
      await pause(retryMs + 2);
      assert.equal((await store.take(key, want(2, rate), SOON)).units, 2);
    },
  ),

  storeCase('a rate tells when one more unit is there, and when all are', async (store) => {
    const key = freshKey();
    const rate = { unitsPerMs: 0.001, burst: 10 };
    const full = await store.take(key, want(0, rate), SOON);
    assert.deepEqual([full.moreMs, full.resetMs], [0, 0]);
    const { moreMs, resetMs } = await store.take(key, want(4, rate), SOON);
    assert.ok(moreMs > 999 && moreMs <= 1_000, String(moreMs));
    assert.ok(resetMs > 3_999 && resetMs <= 4_000, String(resetMs));
  }),

  storeCase('who wants nothing of a rate looks and changes nothing', async (store) => {
    const key = freshKey();
    const first = await store.take(key, want(0), SOON);
    assert.deepEqual([first.units, first.remaining, first.retryMs], [0, 10, 0]);
    await store.take(key, want(10), SOON);
    const second = await store.take(key, want(0), SOON);
    assert.deepEqual([second.units, second.remaining, second.retryMs], [0, 0, 0]);
  }),

  storeCase('units of a rate that were given back are there for the next', async (store) => {
    const key = freshKey();
    await store.take(key, want(6), SOON);
    const given = await store.take(key, want(-2), SOON);
    assert.deepEqual([given.units, given.remaining, given.retryMs], [-2, 6, 0]);
  }),

  storeCase('giving back more than was taken makes no more than a burst', async (store) => {
    const key = freshKey();
    await store.take(key, want(3), SOON);
    assert.equal((await store.take(key, want(-9), SOON)).remaining, 10);
    assert.equal((await store.take(key, want(10), SOON)).units, 10);
    assert.equal((await store.take(key, want(1), SOON)).units, 0);
  }),

  storeCase('a rate of which nothing was taken takes nothing back', async (store) => {
    const key = freshKey();
    const given = await store.take(key, want(-5), SOON);
    assert.deepEqual([given.units, given.remaining], [0, 10]);
    assert.equal((await store.take(key, want(10), SOON)).units, 10);
  }),

  storeCase('what has come back to a rate by itself cannot be given back', async (store) => {
    const key = freshKey();
    const rate = { unitsPerMs: 1, burst: 10 };
    await store.take(key, want(2, rate), SOON);
    await pause(10);
    const given = await store.take(key, want(-2, rate), SOON);
    assert.deepEqual([given.units, given.remaining], [0, 10]);
  }),

  storeCase('a hundred racers for ten units of a rate get ten', async (store) => {
    const key = freshKey();
    const taken = await racers(100, () => store.take(key, want(1), SOON));
    assert.equal(taken.filter(({ units }) => units === 1).length, 10);
  }),

  storeCase('a burst that became smaller forgives what was taken beyond it', async (store) => {
    const key = freshKey();
    await store.take(key, want(10), SOON);
    const small = { unitsPerMs: 0.001, burst: 2 };
    const refused = await store.take(key, want(1, small), SOON);
    assert.equal(refused.units, 0);
    assert.ok(refused.resetMs <= 2_000, String(refused.resetMs));
    // It was written down: the old burst has forgotten it as well.
    assert.equal((await store.take(key, want(0), SOON)).remaining, 8);
  }),

  storeCase('keys of rates do not share their units', async (store) => {
    const [one, other] = [freshKey(), freshKey()];
    await store.take(one, want(10), SOON);
    assert.equal((await store.take(other, want(10), SOON)).units, 10);
  }),
];
