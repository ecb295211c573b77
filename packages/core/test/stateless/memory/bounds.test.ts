import { describe, expect, test } from 'vitest';
import { key, memoryStore, type Store } from '../../../src/stateless/index.ts';
import { MemoryEngine } from '../../../src/stateless/memory/memory-engine.ts';
import { virtualClock } from '../../../src/testing/index.ts';
import { bytesLeftBy } from '../../support/heap.ts';

const OPERATION = { deadlineMs: 50 };
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const ALL = { unitsPerMs: 10 / MINUTE_MS, burst: 10, want: 10 };
const WRITE = { mode: 'create', data: Buffer.from('data'), ttlMs: MINUTE_MS } as const;

const keyOf = (index: number): ReturnType<typeof key> => key('bounds', 'default', `${index}`);
const leaseOf = (index: number): { max: number; leaseMs: number; id: string } => ({
  max: 1,
  leaseMs: MINUTE_MS,
  id: `holder-${index}`,
});

const engineOf = (maxKeys: number): MemoryEngine =>
  new MemoryEngine({
    name: 'memory',
    maxKeys,
    now: () => performance.now(),
    fenceOffset: 0,
    tell: () => undefined,
  });

/** As many records, leases or tombstones as there may be: 20. */
const FILLS = {
  records: (store: Store, index: number) => store.write(keyOf(index), WRITE, OPERATION),
  leases: (store: Store, index: number) => store.lease(keyOf(index), leaseOf(index), OPERATION),
  tombstones: (store: Store, index: number) =>
    store.remove(keyOf(index), { tombstoneMs: MINUTE_MS }, OPERATION),
};

const fullOf = async (
  kind: keyof typeof FILLS,
): Promise<{ store: Store; clock: ReturnType<typeof virtualClock> }> => {
  const clock = virtualClock();
  const store = memoryStore({ clock, maxKeys: 20 });
  for (let index = 0; index < 20; index++) await FILLS[kind](store, index);
  return { store, clock };
};

describe('the store in memory', () => {
  test('stays as small as it may be while an attacker makes up a million keys', () => {
    const engine = engineOf(10_000);
    let made = 0;
    const attack = (keys: number): void => {
      for (const end = made + keys; made < end; made++) {
        const attacker = key('limit', 'default', 'api', `203.0.113.${made}`);
        engine.take(attacker, { ...ALL, want: 1 });
        if (made % 10 === 0) engine.count(attacker, { quota: 5, windowMs: MINUTE_MS, cost: 1 });
      }
    };
    attack(100_000);
    expect(bytesLeftBy(() => attack(1_000_000))).toBeLessThan(1_000_000);
    // Used after the count, so that it was not collected before.
    engine.take('end', ALL);
  }, 60_000);

  test('holds no long key: 8 KB from a client take as much as 22 letters', () => {
    const engine = engineOf(10_000);
    const long = 'x'.repeat(8_192);
    const bytes = bytesLeftBy(() => {
      for (let index = 0; index < 5_000; index++) {
        engine.take(key('limit', 'default', 'api', `${long}${index}`), ALL);
      }
    });
    expect(bytes / 5_000).toBeLessThan(500);
    engine.take('end', ALL);
  });

  test('keeps a limit that is used up, while an attacker passes by with keys used once', async () => {
    const clock = virtualClock();
    const store = memoryStore({ clock, maxKeys: 1_000 });
    const victim = keyOf(-1);
    await store.take(victim, ALL, OPERATION);
    for (let index = 0; index < 5_000; index++) {
      await store.take(keyOf(index), { ...ALL, want: 1 }, OPERATION);
    }
    expect((await store.take(victim, { ...ALL, want: 1, min: 1 }, OPERATION)).units).toBe(0);
  });

  test.each([
    ['a quota of one a day', { unitsPerMs: 1 / DAY_MS, burst: 1, want: 1 }],
    ['a tenth of a burst that takes a day', { unitsPerMs: 100 / DAY_MS, burst: 100, want: 10 }],
    ['four of five a day', { unitsPerMs: 5 / DAY_MS, burst: 5, want: 4 }],
  ])(
    'keeps a rate that is used up while keys of another that ends later fill it: %s',
    async (_, flood) => {
      const login = { unitsPerMs: 5 / MINUTE_MS, burst: 5, want: 1 };
      const store = memoryStore({ clock: virtualClock(), maxKeys: 200 });
      let admitted = 0;
      for (let round = 0; round < 20; round++) {
        for (let call = 0; call < 5; call++) {
          admitted += (await store.take(keyOf(-1), login, OPERATION)).units;
        }
        for (let index = 0; index < 200; index++) {
          await store.take(keyOf(round * 200 + index), flood, OPERATION);
        }
      }
      expect(admitted).toBe(5);
    },
  );

  test.each([
    ['one a day', { quota: 1, windowMs: DAY_MS, cost: 1 }],
    ['a tenth of a day', { quota: 100, windowMs: DAY_MS, cost: 10 }],
  ])(
    'keeps a window that is used up while keys of another that ends later fill it: %s',
    async (_, flood) => {
      const login = { quota: 5, windowMs: MINUTE_MS, cost: 1 };
      const store = memoryStore({ clock: virtualClock(), maxKeys: 200 });
      let admitted = 0;
      for (let round = 0; round < 20; round++) {
        for (let call = 0; call < 5; call++) {
          admitted += (await store.count(keyOf(-1), login, OPERATION)).units;
        }
        for (let index = 0; index < 200; index++) {
          await store.count(keyOf(round * 200 + index), flood, OPERATION);
        }
      }
      expect(admitted).toBe(5);
    },
  );

  test('keeps what was used lately rather than what has nearly come back', async () => {
    const clock = virtualClock();
    const store = memoryStore({ clock, maxKeys: 8 });
    const rate = { unitsPerMs: 10 / MINUTE_MS, burst: 10 };
    await store.take(keyOf(0), { ...rate, want: 10 }, OPERATION);
    clock.advance(55_000);
    for (let index = 1; index < 8; index++) {
      await store.take(keyOf(index), { ...rate, want: 2 }, OPERATION);
    }
    await store.take(keyOf(8), { ...rate, want: 1 }, OPERATION);
    const left = await Promise.all(
      [0, 1].map((index) => store.take(keyOf(index), { ...rate, want: 0 }, OPERATION)),
    );
    expect(left.map(({ remaining }) => remaining)).toEqual([10, 8]);
  });

  test.each(['records', 'leases', 'tombstones'] as const)(
    'refuses a newcomer where %s fill it, and keeps each of them to its end',
    async (kind) => {
      const { store, clock } = await fullOf(kind);
      const fill = FILLS[kind];
      for (let index = 20; index < 200; index++) {
        await expect(fill(store, index)).rejects.toMatchObject({
          code: 'HF_STORE_UNAVAILABLE',
          failure: 'refused',
        });
      }
      clock.advance(MINUTE_MS - 1);
      await expect(fill(store, 20)).rejects.toMatchObject({ failure: 'refused' });
      for (let index = 0; index < 20; index++) {
        const record = await store.read(keyOf(index), OPERATION);
        const written = await store.write(keyOf(index), WRITE, OPERATION).catch(() => undefined);
        const leased = await store
          .lease(keyOf(index), leaseOf(-1), OPERATION)
          .catch(() => undefined);
        expect({
          records: record !== undefined,
          leases: leased?.held === false,
          tombstones: written?.ok === false && written.reason === 'gone',
        }).toMatchObject({ [kind]: true });
      }
      clock.advance(1);
      await expect(fill(store, 20)).resolves.not.toThrow();
    },
  );

  test('keeps records in so many bytes as it was given, their keys included', () => {
    const room = { left: 1_000 };
    const engine = new MemoryEngine({
      name: 'memory',
      maxKeys: 100,
      room,
      now: () => 1,
      fenceOffset: 0,
      tell: () => undefined,
    });
    const of = (bytes: number) => ({
      mode: 'force' as const,
      data: Buffer.alloc(bytes),
      ttlMs: 1_000,
    });
    engine.write('one', of(500));
    expect(room.left).toBe(494);
    engine.write('two', of(488));
    expect(room.left).toBe(0);
    const refused = expect.objectContaining({ failure: 'refused' });
    expect(() => engine.write('3', of(0))).toThrow(refused);
    expect(() => engine.remove('3', { tombstoneMs: 1 })).toThrow(refused);
    expect(() => engine.write('one', of(501))).toThrow(refused);
    expect(engine.read('one')).toMatchObject({ version: 1, data: Buffer.alloc(500) });
    expect(engine.write('one', of(500))).toEqual({ ok: true, version: 2 });
    expect(engine.write('one', of(100))).toEqual({ ok: true, version: 3 });
    expect(room.left).toBe(400);
    engine.remove('two', { tombstoneMs: 1 });
    expect(room.left).toBe(888);
    engine.remove('one', { tombstoneMs: 0 });
    engine.remove('two', { tombstoneMs: 0 });
    expect(room.left).toBe(1_000);
  });

  test('finds room for limits while records, leases and tombstones fill it', async () => {
    const { store } = await fullOf('records');
    for (let index = 0; index < 100; index++) {
      expect((await store.take(keyOf(index), ALL, OPERATION)).units).toBe(10);
      const count = { quota: 5, windowMs: MINUTE_MS, cost: 5 };
      expect((await store.count(keyOf(index), count, OPERATION)).units).toBe(5);
    }
  });

  test('needs no room for what it has: writes, touches and removals of it go on', async () => {
    const { store } = await fullOf('records');
    expect(await store.write(keyOf(3), { ...WRITE, mode: 'force' }, OPERATION)).toEqual({
      ok: true,
      version: 2,
    });
    expect(await store.touch(keyOf(3), 1_000, OPERATION)).toBe('ok');
    await store.remove(keyOf(3), { tombstoneMs: 1_000 }, OPERATION);
    await store.remove(keyOf(4), { tombstoneMs: 0 }, OPERATION);
    expect((await store.write(keyOf(20), WRITE, OPERATION)).ok).toBe(true);
  });

  test('gives the room of leases that were given back to others, and their fences still grow', async () => {
    const { store, clock } = await fullOf('leases');
    const first = await store.lease(keyOf(0), leaseOf(0), OPERATION);
    for (let index = 0; index < 20; index++) {
      await store.release(keyOf(index), leaseOf(index), OPERATION);
    }
    clock.advance(1);
    for (let index = 20; index < 40; index++) {
      await expect(FILLS.leases(store, index)).resolves.toMatchObject({ held: true });
    }
    clock.advance(MINUTE_MS);
    const again = await store.lease(keyOf(0), leaseOf(1), OPERATION);
    expect(BigInt(again.held ? again.fence : 0)).toBeGreaterThan(
      BigInt(first.held ? first.fence : 0),
    );
  });

  test('forgets no fence that its clock has not passed', async () => {
    const clock = virtualClock();
    const store = memoryStore({ clock, maxKeys: 1 });
    const grant = async (index: number): Promise<bigint> => {
      const leased = await store.lease(keyOf(index), leaseOf(index), OPERATION);
      await store.release(keyOf(index), leaseOf(index), OPERATION);
      return BigInt(leased.held ? leased.fence : 0);
    };
    let last = 0n;
    for (let time = 0; time < 5_000; time++) last = await grant(0);
    await expect(grant(1)).rejects.toMatchObject({ failure: 'refused' });
    clock.advance(4);
    await expect(grant(1)).rejects.toMatchObject({ failure: 'refused' });
    clock.advance(2);
    await grant(1);
    clock.advance(1);
    expect(await grant(0)).toBeGreaterThan(last);
  });
});
