import { describe, expect, test } from 'vitest';
import { key, memoryStore } from '../../../src/stateless/index.ts';
import { jsonRecords } from '../../../src/stateless/session/json-records.ts';
import type { JsonRecordsOptions } from '../../../src/stateless/session/types.ts';
import { seededRandom, VirtualClock } from '../../../src/testing/index.ts';
import { expectInvalid, type Complaint } from '../../support/invalid-option.ts';
import { WatchedStore } from './support/watched-store.ts';

const PLACE = key('session', 'default', 'express', 'an id');
const LIFE = { ttlMs: 60_000 };

const rigOf = (options: Partial<JsonRecordsOptions> = {}, seed?: number) => {
  const clock = new VirtualClock();
  const wander = seed === undefined ? undefined : seededRandom(seed);
  const store = new WatchedStore(memoryStore({ clock }), wander);
  const conflicts: number[] = [];
  const records = jsonRecords({
    store,
    clock,
    random: seededRandom(1),
    onConflict: (parts) => void conflicts.push(parts),
    ...options,
  });
  return {
    clock,
    store,
    records,
    conflicts,
    run: <T>(promise: Promise<T>): Promise<T> => clock.runUntilSettled(promise),
    dataNow: async () => ({ ...(await clock.runUntilSettled(records.load(PLACE)))?.data }),
  };
};

describe('a JSON record', () => {
  test('is created, read and written, each in one round trip', async () => {
    const { records, store, run, dataNow } = rigOf();
    const made = await run(records.save(PLACE, undefined, { n: 1 }, LIFE));
    expect(made).toMatchObject({ version: 1, base: '{"n":1}', ttlMs: 60_000 });
    const loaded = await records.load(PLACE);
    expect(loaded).toMatchObject({ version: 1, data: { n: 1 }, ttlMs: 60_000 });
    await run(records.save(PLACE, loaded, { n: 2 }, LIFE));
    expect(store.taken()).toEqual(['write session', 'read session', 'write session']);
    expect(await dataNow()).toEqual({ n: 2 });
  });

  test('that another changed is merged, and the answer says what stands there', async () => {
    const { records, run, conflicts, dataNow } = rigOf();
    await run(records.save(PLACE, undefined, { a: 1, b: 1, c: 1 }, LIFE));
    const [one, other] = [await records.load(PLACE), await records.load(PLACE)];
    await run(records.save(PLACE, one, { a: 2, b: 2, c: 1 }, LIFE));
    const saved = await run(records.save(PLACE, other, { a: 1, b: 3, c: 3 }, LIFE));
    expect(saved).toMatchObject({ version: 3, data: { a: 2, b: 3, c: 3 } });
    expect(await dataNow()).toEqual({ a: 2, b: 3, c: 3 });
    expect(conflicts).toEqual([1]);
  });

  test('that another changed in the same part fails where that is asked for', async () => {
    const { records, run, conflicts } = rigOf({ strict: true, name: 'express' });
    await run(records.save(PLACE, undefined, { a: 1 }, LIFE));
    const [one, other] = [await records.load(PLACE), await records.load(PLACE)];
    await run(records.save(PLACE, one, { a: 2 }, LIFE));
    await expect(run(records.save(PLACE, other, { a: 3 }, LIFE))).rejects.toMatchObject({
      code: 'HF_SESSION_CONFLICT',
      policy: 'express',
    });
    expect(conflicts).toEqual([]);
  });

  test('that was removed is gone for who loaded it, and for who would create it', async () => {
    const { records, run, store } = rigOf();
    await run(records.save(PLACE, undefined, { a: 1 }, LIFE));
    const loaded = await records.load(PLACE);
    await store.remove(PLACE, { tombstoneMs: 1_000 }, { deadlineMs: 50 });
    expect(await run(records.save(PLACE, loaded, { a: 2 }, LIFE))).toBe('gone');
    expect(await run(records.save(PLACE, undefined, { a: 2 }, LIFE))).toBe('gone');
    expect(await records.load(PLACE)).toBeUndefined();
  });

  test('that two create at once is both', async () => {
    const { records, run, dataNow } = rigOf({}, 7);
    const save = (data: Record<string, unknown>) => records.save(PLACE, undefined, data, LIFE);
    await run(Promise.all([save({ a: 1 }), save({ b: 1 }), save({ c: 1 })]));
    expect(await dataNow()).toEqual({ a: 1, b: 1, c: 1 });
  });

  test('that fifty change at once has all their changes', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { records, run, dataNow } = rigOf({}, seed);
      await run(records.save(PLACE, undefined, { old: true }, LIFE));
      const all = await run(Promise.all(Array.from({ length: 50 }, () => records.load(PLACE))));
      const save = async (loaded: (typeof all)[number], index: number): Promise<void> => {
        const data = { ...loaded?.data, [`part ${index}`]: 1 };
        expect(await records.save(PLACE, loaded, data, LIFE)).not.toBe('gone');
      };
      await run(Promise.all(all.map(save)));
      expect(Object.keys(await dataNow())).toHaveLength(51);
    }
  });

  test('keeps its absolute end', async () => {
    const { records, run, clock } = rigOf();
    const life = { ttlMs: 60_000, absoluteMs: 90_000 };
    await run(records.save(PLACE, undefined, { n: 1 }, life));
    await clock.advanceAsync(50_000);
    await run(records.save(PLACE, await records.load(PLACE), { n: 2 }, life));
    expect(await records.load(PLACE)).toMatchObject({ ttlMs: 40_000 });
    await clock.advanceAsync(40_000);
    expect(await records.load(PLACE)).toBeUndefined();
  });

  test('whose bytes are no JSON object is none, and is written over', async () => {
    for (const text of ['', '[]', '{"a":', 'null', '\u0000']) {
      const { records, run, store, dataNow } = rigOf();
      const write = { mode: 'create', data: Buffer.from(text), ttlMs: 1_000 } as const;
      await store.write(PLACE, write, { deadlineMs: 50 });
      expect(await records.load(PLACE)).toBeUndefined();
      await run(records.save(PLACE, undefined, { n: 1 }, LIFE));
      expect(await dataNow()).toEqual({ n: 1 });
    }
  });

  test('that is too large or no JSON is not written', async () => {
    const { records, run, store } = rigOf({ maxBytes: 20, maxDepth: 2 });
    const save = (data: Record<string, unknown>) => run(records.save(PLACE, undefined, data, LIFE));
    const large = { code: 'HF_SESSION_TOO_LARGE' };
    await expect(save({ a: 'x'.repeat(20) })).rejects.toMatchObject(large);
    await expect(save({ a: { b: {} } })).rejects.toMatchObject(large);
    await expect(save({ a: () => 1 })).rejects.toThrow(TypeError);
    expect(store.taken()).toEqual([]);
  });

  test('has no prototype, nor names that reach one', async () => {
    const { records, store } = rigOf();
    const data = Buffer.from('{"__proto__":{"x":1},"a":{"constructor":1}}');
    await store.write(PLACE, { mode: 'create', data, ttlMs: 1_000 }, { deadlineMs: 50 });
    const loaded = await records.load(PLACE);
    expect(Object.getPrototypeOf(loaded?.data)).toBeNull();
    expect({ ...loaded?.data }).toEqual({ a: {} });
  });

  test('passes a signal on', async () => {
    const { records } = rigOf();
    const reason = new Error('left');
    await expect(records.load(PLACE, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('options of JSON records', () => {
  const made = jsonRecords as (options: unknown) => unknown;

  test.each<[object, string, Complaint['type'], unknown]>([
    [{ store: null }, 'store', TypeError, null],
    [{ name: '' }, 'name', TypeError, ''],
    [{ deadlineMs: 0 }, 'deadlineMs', RangeError, 0],
    [{ strict: 'no' }, 'strict', TypeError, 'no'],
    [{ maxBytes: 0 }, 'maxBytes', RangeError, 0],
    [{ maxDepth: 0 }, 'maxDepth', RangeError, 0],
    [{ onConflict: 1 }, 'onConflict', TypeError, 1],
    [{ ttlMs: 1 }, 'jsonRecords.ttlMs', TypeError, 1],
  ])('%j is a mistake in %s', (options, option, type, value) => {
    expectInvalid(() => made({ store: memoryStore(), ...options }), { type, option, value });
  });
});
