import assert from 'node:assert/strict';
import type { Key } from '../../key.ts';
import type { Store, Versioned, Write, Written } from '../../store.ts';
import {
  bytes,
  eventually,
  freshKey,
  now,
  SOON,
  storeCase,
  type StoreCase,
} from '../store-case.ts';

const TTL_MS = 600_000;

export const write = (store: Store, key: Key, change: Partial<Write>): Promise<Written> =>
  store.write(key, { mode: 'create', data: bytes('first'), ttlMs: TTL_MS, ...change }, SOON);

const found = async (store: Store, key: Key): Promise<Versioned> => {
  const record = await store.read(key, SOON);
  assert.ok(record !== undefined, 'there is no record');
  return record;
};

const textOf = async (store: Store, key: Key): Promise<string> =>
  Buffer.from((await found(store, key)).data).toString();

const GONE = { ok: false, reason: 'gone', version: 0 };

const assertMissing = async (store: Store, key: Key): Promise<void> =>
  assert.equal(await store.read(key, SOON), undefined);

const isGone = async (store: Store, key: Key): Promise<true | undefined> =>
  (await store.read(key, SOON)) === undefined ? true : undefined;

const WRITES: readonly StoreCase[] = [
  storeCase('a record that was created is read as it was written', async (store) => {
    const key = freshKey();
    assert.deepEqual(await write(store, key, {}), { ok: true, version: 1 });
    const { version, data, ttlMs } = await found(store, key);
    assert.equal(version, 1);
    assert.ok(data instanceof Uint8Array);
    assert.equal(Buffer.from(data).toString(), 'first');
    assert.ok(ttlMs > TTL_MS - 60_000 && ttlMs <= TTL_MS, String(ttlMs));
  }),

  storeCase('a record that was never written is not there', async (store) => {
    await assertMissing(store, freshKey());
  }),

  storeCase('nobody creates a record that is there', async (store) => {
    const key = freshKey();
    await write(store, key, {});
    const second = await write(store, key, { data: bytes('second') });
    assert.deepEqual(second, { ok: false, reason: 'conflict', version: 1 });
    assert.equal(await textOf(store, key), 'first');
  }),

  storeCase('only who has the version of a record writes over it', async (store) => {
    const key = freshKey();
    await write(store, key, {});
    const second = await write(store, key, { mode: 'cas', version: 1, data: bytes('second') });
    assert.deepEqual(second, { ok: true, version: 2 });
    const late = await write(store, key, { mode: 'cas', version: 1, data: bytes('late') });
    assert.deepEqual(late, { ok: false, reason: 'conflict', version: 2 });
    assert.equal(await textOf(store, key), 'second');
  }),

  storeCase('nobody writes over the version of a record that is not there', async (store) => {
    const key = freshKey();
    assert.deepEqual(await write(store, key, { mode: 'cas', version: 1 }), GONE);
    await assertMissing(store, key);
  }),

  storeCase('a forced write goes over any version, and over none', async (store) => {
    const key = freshKey();
    assert.deepEqual(await write(store, key, { mode: 'force' }), { ok: true, version: 1 });
    const second = await write(store, key, { mode: 'force', data: bytes('second') });
    assert.deepEqual(second, { ok: true, version: 2 });
    assert.equal(await textOf(store, key), 'second');
  }),

  storeCase('a record holds any bytes, and none', async (store) => {
    const every = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const large = Buffer.alloc(100_000, every);
    for (const data of [every, large, new Uint8Array(), bytes('\0\r\n')]) {
      const key = freshKey();
      await write(store, key, { data });
      assert.equal(Buffer.compare((await found(store, key)).data, data), 0);
    }
  }),

  storeCase('who changes the bytes that were written or read changes no record', async (store) => {
    const key = freshKey();
    const data = bytes('first');
    const writing = write(store, key, { data });
    await writing;
    data.fill(0);
    (await found(store, key)).data.fill(0);
    assert.equal(await textOf(store, key), 'first');
  }),
];

const ENDS: readonly StoreCase[] = [
  storeCase(
    'a record ends by itself, not before its time, and can be created anew',
    async (store) => {
      const key = freshKey();
      const began = now();
      await write(store, key, { ttlMs: 80 });
      await eventually(() => isGone(store, key));
      assert.ok(now() - began > 78, `after ${now() - began} ms`);
      assert.equal(await store.touch(key, TTL_MS, SOON), 'gone');
      assert.deepEqual(await write(store, key, { mode: 'cas', version: 1 }), GONE);
      assert.deepEqual(await write(store, key, {}), { ok: true, version: 1 });
    },
  ),

  storeCase('each write gives a record a new time to live', async (store) => {
    const key = freshKey();
    await write(store, key, { ttlMs: 1_000_000 });
    await write(store, key, { mode: 'cas', version: 1, ttlMs: 20_000 });
    const { ttlMs } = await found(store, key);
    assert.ok(ttlMs > 0 && ttlMs <= 20_000, String(ttlMs));
  }),

  storeCase('a touch gives a record a new time to live and leaves its version', async (store) => {
    const key = freshKey();
    await write(store, key, { ttlMs: 60_000 });
    assert.equal(await store.touch(key, 500_000, SOON), 'ok');
    const { version, ttlMs } = await found(store, key);
    assert.equal(version, 1);
    assert.ok(ttlMs > 400_000 && ttlMs <= 500_000, String(ttlMs));
  }),

  storeCase('nobody touches a record that is not there', async (store) => {
    const key = freshKey();
    assert.equal(await store.touch(key, TTL_MS, SOON), 'gone');
    await assertMissing(store, key);
  }),

  storeCase('no write and no touch lets a record live beyond its absolute end', async (store) => {
    const key = freshKey();
    await write(store, key, { absoluteMs: 50_000 });
    assert.ok((await found(store, key)).ttlMs <= 50_000);
    assert.equal(await store.touch(key, TTL_MS, SOON), 'ok');
    assert.ok((await found(store, key)).ttlMs <= 50_000);
    await write(store, key, { mode: 'cas', version: 1, absoluteMs: TTL_MS });
    await write(store, key, { mode: 'force' });
    const { version, ttlMs } = await found(store, key);
    assert.equal(version, 3);
    assert.ok(ttlMs <= 50_000, String(ttlMs));
  }),

  storeCase('a record that is touched again and again ends at its absolute end', async (store) => {
    const key = freshKey();
    const began = now();
    await write(store, key, { absoluteMs: 80 });
    await eventually(async () =>
      (await store.touch(key, TTL_MS, SOON)) === 'gone' ? true : undefined,
    );
    assert.ok(now() - began > 78, `after ${now() - began} ms`);
    await assertMissing(store, key);
    assert.deepEqual(await write(store, key, {}), { ok: true, version: 1 });
    assert.ok((await found(store, key)).ttlMs > 60_000, 'the absolute end outlived the record');
  }),
];

const assertDead = async (store: Store, key: Key): Promise<void> => {
  await assertMissing(store, key);
  assert.equal(await store.touch(key, TTL_MS, SOON), 'gone');
  for (const mode of ['create', 'cas', 'force'] as const) {
    assert.deepEqual(await write(store, key, { mode, version: 1 }), GONE, mode);
  }
  await assertMissing(store, key);
};

const REMOVALS: readonly StoreCase[] = [
  storeCase(
    'a record that was removed without a tombstone can be created at once',
    async (store) => {
      const key = freshKey();
      await write(store, key, {});
      await store.remove(key, { tombstoneMs: 0 }, SOON);
      await assertMissing(store, key);
      assert.deepEqual(await write(store, key, { mode: 'cas', version: 1 }), GONE);
      assert.deepEqual(await write(store, key, {}), { ok: true, version: 1 });
    },
  ),

  storeCase(
    'nothing is written over a tombstone: a late save is told that all is gone',
    async (store) => {
      const key = freshKey();
      await write(store, key, {});
      await store.remove(key, { tombstoneMs: 30_000 }, SOON);
      await assertDead(store, key);
    },
  ),

  storeCase('a removal where nothing was stops those who would create it later', async (store) => {
    const key = freshKey();
    await store.remove(key, { tombstoneMs: 30_000 }, SOON);
    await assertDead(store, key);
  }),

  storeCase('a tombstone ends by itself, and not before', async (store) => {
    const key = freshKey();
    await write(store, key, {});
    const began = now();
    await store.remove(key, { tombstoneMs: 80 }, SOON);
    const written = await eventually(async () => {
      const answer = await write(store, key, {});
      return answer.ok ? answer : undefined;
    });
    assert.ok(now() - began > 78, `after ${now() - began} ms`);
    assert.equal(written.version, 1);
  }),

  storeCase('a removal after a removal has the last word', async (store) => {
    const key = freshKey();
    await store.remove(key, { tombstoneMs: 30_000 }, SOON);
    await store.remove(key, { tombstoneMs: 0 }, SOON);
    assert.deepEqual(await write(store, key, {}), { ok: true, version: 1 });
  }),
];

export const RECORD_CASES: readonly StoreCase[] = [...WRITES, ...ENDS, ...REMOVALS];
