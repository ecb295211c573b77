import assert from 'node:assert/strict';
import { key, type Key } from '../../key.ts';
import { bytes, freshId, leaseOf, SOON, storeCase, type StoreCase } from '../store-case.ts';
import { write } from './record-cases.ts';

const HOSTILE: readonly string[] = [
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'x'.repeat(8_192),
  `${'x'.repeat(8_191)}y`,
  '{slot}',
  '}{',
  '*',
  'a:b',
  'a b\r\nDEL c',
  '\0',
  'ключ',
  '🔑',
  '\uD800',
  '%s%n',
];

const ALL = { unitsPerMs: 1e-9, burst: 1, want: 1 };

export const KEY_CASES: readonly StoreCase[] = [
  storeCase('long and hostile keys are keys like any other', async (store) => {
    const run = freshId();
    const keys = HOSTILE.map((part) => key('contract', 'default', run, part));
    const told = (index: number): string => JSON.stringify(HOSTILE[index]?.slice(0, 20));
    for (const [index, each] of keys.entries()) {
      await write(store, each, { data: bytes(`${index}`) });
      assert.equal((await store.take(each, ALL, SOON)).units, 1, told(index));
    }
    for (const [index, each] of keys.entries()) {
      const record = await store.read(each, SOON);
      assert.equal(Buffer.from(record?.data ?? []).toString(), `${index}`, told(index));
      assert.equal((await store.take(each, ALL, SOON)).units, 0);
    }
  }),

  storeCase('namespaces, tenants and parts keep apart what has the same name', async (store) => {
    const run = freshId();
    const keys: readonly Key[] = [
      key('one', 'default', run),
      key('other', 'default', run),
      key('one', 'tenant', run),
      key('one', 'default', run, 'part'),
      key('one', run, 'default'),
    ];
    for (const each of keys) {
      assert.equal((await write(store, each, {})).ok, true, each);
      assert.equal((await store.take(each, ALL, SOON)).units, 1, each);
      assert.equal((await store.lease(each, leaseOf(1), SOON)).held, true, each);
    }
  }),

  storeCase(
    'a rate, a window, a lease and a record of one key know nothing of each other',
    async (store) => {
      const one = key('contract', 'default', freshId());
      const window = { quota: 1, windowMs: 60_000, cost: 1 };
      assert.equal((await store.take(one, ALL, SOON)).units, 1);
      assert.equal((await store.count(one, window, SOON)).units, 1);
      assert.equal((await write(store, one, {})).ok, true);
      assert.equal((await store.lease(one, leaseOf(1), SOON)).held, true);
      await store.remove(one, { tombstoneMs: 30_000 }, SOON);
      assert.equal((await store.take(one, ALL, SOON)).units, 0);
      assert.equal((await store.count(one, window, SOON)).units, 0);
      assert.equal((await store.lease(one, leaseOf(1), SOON)).held, false);
    },
  ),
];
