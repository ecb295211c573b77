import assert from 'node:assert/strict';
import type { Key } from '../../key.ts';
import type { Lease, Leased, Store } from '../../store.ts';
import {
  eventually,
  freshKey,
  leaseOf,
  now,
  racers,
  SOON,
  storeCase,
  type StoreCase,
} from '../store-case.ts';

type Held = Extract<Leased, { held: true }>;

const held = async (store: Store, key: Key, lease: Lease): Promise<Held> => {
  const leased = await store.lease(key, lease, SOON);
  assert.ok(leased.held, 'the lease was refused');
  return leased;
};

const isHeld = async (store: Store, key: Key, lease: Lease): Promise<boolean> =>
  (await store.lease(key, lease, SOON)).held;

export const LEASE_CASES: readonly StoreCase[] = [
  storeCase(
    'as many hold a lease as may, and the next is told when to come back',
    async (store) => {
      const key = freshKey();
      assert.equal((await held(store, key, leaseOf(2))).holders, 1);
      assert.equal((await held(store, key, leaseOf(2, 20_000))).holders, 2);
      const refused = await store.lease(key, leaseOf(2), SOON);
      assert.ok(!refused.held);
      assert.equal(refused.holders, 2);
      assert.ok(refused.retryMs > 10_000 && refused.retryMs <= 20_000, String(refused.retryMs));
    },
  ),

  storeCase('the same holder renews its lease and keeps its fence', async (store) => {
    const key = freshKey();
    const lease = leaseOf(1);
    const first = await held(store, key, lease);
    const second = await held(store, key, lease);
    assert.deepEqual([first.renewed, second.renewed], [false, true]);
    assert.equal(second.fence, first.fence);
    assert.equal(second.holders, 1);
  }),

  storeCase('a lease that was given back is free at once', async (store) => {
    const key = freshKey();
    const lease = leaseOf(1);
    await held(store, key, lease);
    assert.ok(!(await isHeld(store, key, leaseOf(1))));
    await store.release(key, lease, SOON);
    assert.equal((await held(store, key, leaseOf(1))).renewed, false);
  }),

  storeCase('who does not hold a lease gives nothing back', async (store) => {
    const key = freshKey();
    const lease = leaseOf(1);
    await store.release(key, lease, SOON);
    await held(store, key, lease);
    await store.release(key, leaseOf(1), SOON);
    assert.ok(!(await isHeld(store, key, leaseOf(1))));
  }),

  storeCase('fences are whole numbers that grow with each grant', async (store) => {
    const key = freshKey();
    let last = 0n;
    for (let grant = 0; grant < 20; grant++) {
      const lease = leaseOf(2);
      const { fence } = await held(store, key, lease);
      assert.match(fence, /^[1-9]\d*$/);
      assert.ok(BigInt(fence) > last, `${fence} after ${last}`);
      last = BigInt(fence);
      await store.release(key, lease, SOON);
    }
  }),

  storeCase('no two holders of a lease have the same fence', async (store) => {
    const key = freshKey();
    const leases = await racers(30, () => held(store, key, leaseOf(30)));
    assert.equal(new Set(leases.map(({ fence }) => fence)).size, 30);
  }),

  storeCase('a lease that nobody renews ends by itself, and not before', async (store) => {
    const key = freshKey();
    const began = now();
    await held(store, key, leaseOf(1, 80));
    const next = leaseOf(1);
    await eventually(async () => (await isHeld(store, key, next)) || undefined);
    assert.ok(now() - began > 78, `after ${now() - began} ms`);
  }),

  storeCase('a lease lives on as long as it is renewed', async (store) => {
    const key = freshKey();
    const short = leaseOf(1, 100);
    const long = leaseOf(1, 30_000);
    await held(store, key, short);
    await store.release(key, short, SOON);
    await held(store, key, long);
    await held(store, key, long);
    const refused = await store.lease(key, leaseOf(1, 100), SOON);
    assert.ok(!refused.held && refused.retryMs > 20_000);
  }),

  storeCase('a hundred racers for seven leases get seven', async (store) => {
    const key = freshKey();
    const leases = await racers(100, () => store.lease(key, leaseOf(7), SOON));
    assert.equal(leases.filter((leased) => leased.held).length, 7);
  }),

  storeCase('a number of holders that became smaller takes nobody the lease', async (store) => {
    const key = freshKey();
    const [first, second] = [leaseOf(2), leaseOf(2)];
    await held(store, key, first);
    await held(store, key, second);
    assert.ok((await held(store, key, { ...first, max: 1 })).renewed);
    await store.release(key, first, SOON);
    assert.ok(!(await isHeld(store, key, leaseOf(1))));
    assert.ok(await isHeld(store, key, leaseOf(2)));
  }),
];
