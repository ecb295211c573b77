import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StoreError } from '../../../src/stateless/index.ts';
import { Table, type Perishable } from '../../../src/stateless/memory/table.ts';

interface Entry extends Perishable {
  readonly loss?: number;
}

const tableOf = (maxKeys: number, evicts: boolean, keepMs = 1_000): Table<Entry> => {
  const lossOf = evicts ? ({ loss = 0 }: Entry): number => loss : undefined;
  return new Table({ name: 'memory', maxKeys, keepMs, lossOf });
};

/** Whether there was room. */
const adds = (table: Table<Entry>, key: string, endsAt: number, now: number): boolean => {
  try {
    table.add(key, { endsAt }, now);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(StoreError);
    expect((error as StoreError).failure).toBe('refused');
    return false;
  }
};

/** Whether it was not refused. */
const fits = (work: () => void): boolean => {
  try {
    work();
    return true;
  } catch (error) {
    expect(error).toMatchObject({ failure: 'refused' });
    return false;
  }
};

interface Placing {
  readonly key: string;
  readonly known: Entry | undefined;
  readonly size: number;
  readonly endsAt: number;
  readonly now: number;
}

/** Adds an entry, or changes the one that is there. */
const place = (table: Table<Entry>, { key, known, size, endsAt, now }: Placing): void => {
  if (known === undefined) return table.add(key, { endsAt, size }, now);
  table.resize(known, size, now);
  known.endsAt = endsAt;
};

const lives = fc.record({ gapMs: fc.integer({ min: 0, max: 400 }), lifeMs: fc.nat(20_000) });
const newcomers = fc.array(lives, { minLength: 1, maxLength: 200, size: 'max' });

/** All of the few that there is room for are looked at for each newcomer. */
const KEYS = Array.from({ length: 60 }, (_, index) => 'x'.repeat(index + 2));
const keyBytes = (keys: readonly string[]): number => 2 * keys.join('').length;

/** Forgets those that the table has lost; at least the longest of them must have been in the way. */
const expectNoneLostInVain = (
  table: Table<Entry>,
  living: Map<string, number>,
  hadRoom: boolean,
): void => {
  const held = KEYS.filter((each) => table.get(each) !== undefined);
  expect(keyBytes(held)).toBeLessThanOrEqual(100);
  const lost = [...living.keys()].filter((each) => !held.includes(each));
  for (const each of lost) living.delete(each);
  const longest = lost.reduce((one, other) => (other.length > one.length ? other : one), '');
  const isNeeded = !hadRoom && keyBytes([...living.keys(), longest]) > 100;
  expect(lost.length === 0 || isNeeded).toBe(true);
};

const named = fc.record({
  gapMs: fc.nat(400),
  lifeMs: fc.nat(20_000),
  key: fc.oneof(fc.constantFrom(...KEYS.slice(0, 20)), fc.constantFrom(...KEYS)),
  isAdded: fc.boolean(),
});

describe('a table', () => {
  test('never holds more than it may, and a newcomer drives out one that ended or ends early', () => {
    fc.assert(
      fc.property(newcomers, fc.integer({ min: 1, max: 20 }), (coming, maxKeys) => {
        const table = tableOf(maxKeys, true);
        let now = 0;
        coming.forEach(({ gapMs, lifeMs }, index) => {
          now += gapMs;
          expect(adds(table, `${index}`, now + lifeMs, now)).toBe(true);
          expect(table.size).toBeLessThanOrEqual(maxKeys);
          expect(table.get(`${index}`)).toBeDefined();
        });
      }),
    );
  });

  test('that drives nothing out keeps all that has not ended, and refuses where there is no room', () => {
    fc.assert(
      fc.property(newcomers, fc.integer({ min: 1, max: 20 }), (coming, maxKeys) => {
        const table = tableOf(maxKeys, false);
        const living = new Map<string, number>();
        let now = 0;
        coming.forEach(({ gapMs, lifeMs }, index) => {
          now += gapMs;
          const added = adds(table, `${index}`, now + lifeMs, now);
          for (const [key, endsAt] of living) if (endsAt <= now) living.delete(key);
          if (added) living.set(`${index}`, now + lifeMs);
          const lost = [...living.keys()].filter((key) => table.get(key) === undefined);
          expect(lost).toEqual([]);
          expect(table.size).toBeLessThanOrEqual(maxKeys);
          expect(added || table.size === maxKeys).toBe(true);
        });
      }),
    );
  });

  test('takes no more room than there is, keeps what lives, and gives back what goes', () => {
    const steps = fc.array(
      fc.record({
        does: fc.constantFrom('add', 'resize', 'delete'),
        gapMs: fc.integer({ min: 0, max: 600 }),
        lifeMs: fc.nat(3_000),
        which: fc.nat(15),
        size: fc.nat(40),
      }),
      { minLength: 1, maxLength: 150, size: 'max' },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const room = { left: 100 };
        const table = new Table<Entry>({
          name: 'memory',
          maxKeys: 10,
          keepMs: 500,
          lossOf: undefined,
          room,
        });
        const living = new Map<string, { endsAt: number; size: number }>();
        let now = 0;
        for (const { does, gapMs, lifeMs, which, size } of all) {
          now += gapMs;
          for (const [key, { endsAt }] of living) if (endsAt <= now) living.delete(key);
          const key = `${which}`;
          const known = table.get(key);
          const endsAt = now + lifeMs;
          if (does === 'delete') {
            table.delete(key);
            living.delete(key);
          } else if (fits(() => place(table, { key, known, size, endsAt, now })))
            living.set(key, { endsAt, size });
          for (const [each, { size: kept }] of living) {
            expect(table.get(each)).toMatchObject({ size: kept });
          }
          const entries = Array.from({ length: 16 }, (_, each) => table.get(`${each}`));
          const used = entries.reduce((sum, entry) => sum + (entry?.size ?? 0), 0);
          expect(room.left).toBe(100 - used);
          expect(room.left).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('finds room for what grows by what has ended, and never by itself', () => {
    const room = { left: 10 };
    const table = new Table<Entry>({
      name: 'memory',
      maxKeys: 10,
      keepMs: 1e9,
      lossOf: undefined,
      room,
    });
    const grows = { endsAt: 5, size: 4 };
    table.add('grows', grows, 0);
    table.add('ended', { endsAt: 5, size: 6 }, 0);
    table.resize(grows, 9, 10);
    expect(table.get('grows')).toBe(grows);
    expect(grows).toEqual({ endsAt: 5, size: 9 });
    expect(fits(() => table.resize(grows, 11, 10))).toBe(false);
    expect(grows).toEqual({ endsAt: 5, size: 9 });
    expect(room.left).toBe(1);
  });

  test('has keys of no more bytes than it may, and loses no more than it has to for that', () => {
    fc.assert(
      fc.property(fc.array(named, { maxLength: 150, size: 'max' }), fc.boolean(), (all, evicts) => {
        const lossOf = evicts ? ({ endsAt }: Entry): number => endsAt : undefined;
        const limits = { maxKeys: 1_000, keepMs: 500, maxKeyBytes: 100 };
        const table = new Table<Entry>({ name: 'memory', ...limits, lossOf });
        const living = new Map<string, number>();
        let now = 0;
        for (const { gapMs, lifeMs, key, isAdded } of all) {
          now += gapMs;
          for (const [each, endsAt] of living) if (endsAt <= now) living.delete(each);
          table.delete(key);
          living.delete(key);
          if (!isAdded) continue;
          const hasRoom = keyBytes([...living.keys(), key]) <= 100;
          const fitsAlone = keyBytes([key]) <= 100;
          const added = adds(table, key, now + lifeMs, now);
          expect(added).toBe(hasRoom || (evicts && fitsAlone));
          if (added) living.set(key, now + lifeMs);
          expectNoneLostInVain(table, living, hasRoom);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('drives nobody out for a key that it could never have', () => {
    const table = new Table<Entry>({
      name: 'memory',
      maxKeys: 10,
      keepMs: 500,
      lossOf: () => 0,
      maxKeyBytes: 20,
    });
    table.add('short', { endsAt: 1e9 }, 0);
    expect(fits(() => table.add('x'.repeat(11), { endsAt: 1e9 }, 1))).toBe(false);
    expect(table.get('short')).toBeDefined();
    expect(fits(() => table.add('y'.repeat(10), { endsAt: 1e9 }, 2))).toBe(true);
    expect(table.size).toBe(1);
  });

  test('that is full of what ended finds room at once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.boolean(), (maxKeys, evicts) => {
        const table = tableOf(maxKeys, evicts);
        for (let index = 0; index < maxKeys; index++) adds(table, `${index}`, 10_000, 0);
        expect(adds(table, 'newcomer', 20_000, 9_999)).toBe(evicts);
        expect(adds(table, 'another', 20_000, 11_000)).toBe(true);
      }),
    );
  });

  test('finds the one that has ended among any number of others', () => {
    const table = tableOf(10_000, false);
    for (let index = 0; index < 10_000; index++) {
      adds(table, `${index}`, index === 9_000 ? 500 : 1e9, 0);
    }
    expect(adds(table, 'newcomer', 1e9, 1_000)).toBe(true);
    expect(table.get('9000')).toBeUndefined();
  });

  test('looks at few entries for each newcomer that it refuses', () => {
    const table = tableOf(1_000, false);
    let looks = 0;
    const entry = (): Perishable => ({
      get endsAt() {
        looks++;
        return 1e9;
      },
    });
    for (let index = 0; index < 1_000; index++) table.add(`${index}`, entry(), 0);
    expect(looks).toBeLessThanOrEqual(2_000);
    looks = 0;
    for (let time = 1; time <= 500; time++) expect(adds(table, 'newcomer', 1e9, time)).toBe(false);
    expect(looks).toBeLessThanOrEqual(500 * 8 + 1_000);
  });

  test('drives out the one of those it looks at with which the least is lost, whenever it ends', () => {
    const table = tableOf(5, true);
    [4, 3, 1, 5, 2].forEach((loss, index) =>
      table.add(`${index}`, { endsAt: 1_000 - loss, loss }, 0),
    );
    adds(table, 'newcomer', 9_999, 0);
    expect(table.get('2')).toBeUndefined();
    expect(table.size).toBe(5);
  });

  test('drives out the one that ends first of those with which the same is lost', () => {
    const table = tableOf(5, true);
    [50, 30, 10, 40, 20].forEach((endsAt, index) => adds(table, `${index}`, 1_000 + endsAt, 0));
    adds(table, 'newcomer', 9_999, 0);
    expect(table.get('2')).toBeUndefined();
    expect(table.size).toBe(5);
  });

  test('forgets what ended long ago as others come, and keeps what ended lately', () => {
    const table = tableOf(100_000, false);
    for (let index = 0; index < 100; index++) adds(table, `old-${index}`, 100, 0);
    for (let index = 0; index < 100; index++) adds(table, `new-${index}`, 5_000, 1_099);
    expect(table.size).toBe(200);
    for (let index = 0; index < 200; index++) adds(table, `newer-${index}`, 9_000, 1_100);
    expect(table.size).toBe(300);
    expect(table.get('old-0')).toBeUndefined();
    expect(table.get('new-99')).toBeDefined();
  });

  test('goes on after it was emptied', () => {
    const table = tableOf(3, true);
    for (let index = 0; index < 53; index++) {
      adds(table, `${index}`, 100, 0);
      if (index % 7 === 0) for (let gone = 0; gone <= index; gone++) table.delete(`${gone}`);
    }
    expect(table.size).toBe(3);
  });
});
