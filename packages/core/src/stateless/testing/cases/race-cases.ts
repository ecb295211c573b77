import assert from 'node:assert/strict';
import type { Key } from '../../key.ts';
import type { Store } from '../../store.ts';
import { bytes, freshKey, racers, SOON, storeCase, type StoreCase } from '../store-case.ts';
import { write } from './record-cases.ts';

const numberAt = async (store: Store, key: Key): Promise<{ number: number; version: number }> => {
  const record = await store.read(key, SOON);
  assert.ok(record !== undefined, 'there is no record');
  return { number: Number(Buffer.from(record.data).toString()), version: record.version };
};

const addOne = async (store: Store, key: Key): Promise<void> => {
  const { number, version } = await numberAt(store, key);
  const data = bytes(String(number + 1));
  const written = await write(store, key, { mode: 'cas', version, data });
  if (!written.ok) await addOne(store, key);
};

export const RACE_CASES: readonly StoreCase[] = [
  storeCase('of two hundred who create one record one does', async (store) => {
    const key = freshKey();
    const written = await racers(200, (racer) => write(store, key, { data: bytes(`${racer}`) }));
    assert.equal(written.filter(({ ok }) => ok).length, 1);
    const { number } = await numberAt(store, key);
    assert.ok(written[number]?.ok, 'the record is not of the one who was told so');
  }),

  storeCase('fifty who add one at once, each until it holds, add fifty', async (store) => {
    const key = freshKey();
    await write(store, key, { data: bytes('0') });
    await racers(50, () => addOne(store, key));
    assert.deepEqual(await numberAt(store, key), { number: 50, version: 51 });
  }),

  storeCase('a record that is removed amid many writes does not come back', async (store) => {
    const key = freshKey();
    await write(store, key, { data: bytes('0') });
    const act = async (racer: number): Promise<void> => {
      if (racer === 30) await store.remove(key, { tombstoneMs: 30_000 }, SOON);
      else await write(store, key, { mode: racer % 2 === 0 ? 'force' : 'create' });
    };
    await racers(60, act);
    assert.equal(await store.read(key, SOON), undefined);
  }),

  storeCase('one of those who write over the same version does', async (store) => {
    const key = freshKey();
    await write(store, key, {});
    const written = await racers(60, () => write(store, key, { mode: 'cas', version: 1 }));
    assert.equal(written.filter(({ ok }) => ok).length, 1);
  }),
];
