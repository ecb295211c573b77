import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GcraLimit } from '../../src/rate-limit/gcra-bucket.ts';
import { KeyedBuckets } from '../../src/rate-limit/keyed-buckets.ts';
import { Tally } from '../../src/rate-limit/tally.ts';
import { Waiter } from '../../src/rate-limit/waiter.ts';
import { WaitingLine } from '../../src/rate-limit/waiting-line.ts';
import { WindowLimit } from '../../src/rate-limit/window-bucket.ts';
import { virtualClock } from '../../src/testing/index.ts';
import { bytesLeftBy } from '../support/heap.ts';
import { runsOf } from './promises.ts';

/** One unit a second, ten at once. */
const limit = new GcraLimit({ unitsPerMs: 0.001, burst: 10 });

const bucketsOf = (maxKeys: number): KeyedBuckets => new KeyedBuckets(limit, maxKeys);

/** Uses units of a key. */
const use = (buckets: KeyedBuckets, key: string, units: number, now: number): void => {
  const bucket = buckets.of(key, now);
  bucket.room(now);
  bucket.take(units, now);
};

/** The keys that are remembered: of others one gets another bucket each time. */
const knownTo = (buckets: KeyedBuckets): { readonly name: string; readonly freshAt: number }[] =>
  Array.from({ length: 31 }, (_, key) => String(key))
    .filter((name) => buckets.find(name) === buckets.find(name))
    .map((name) => ({ name, freshAt: buckets.find(name).freshAt() }));

/** Somebody waits for the key from now on. */
const waitFor = (buckets: KeyedBuckets, key: string, now = 0): void => {
  const bucket = buckets.of(key, now);
  const room = { clock: virtualClock(), tally: new Tally('limit'), lines: new Set<WaitingLine>() };
  const line = new WaitingLine(bucket, room);
  const wait = { line, units: 1, until: 1e9, deadline: Infinity, signal: undefined };
  bucket.take(10, now);
  line.join(new Waiter(wait, { resolve: () => undefined, reject: () => undefined }), now);
};

describe('keys', { timeout: 60_000 }, () => {
  test('have a bucket each, and calls without one share another', () => {
    const buckets = bucketsOf(10);
    expect(buckets.of('a', 0)).toBe(buckets.of('a', 0));
    expect(buckets.of('a', 0)).not.toBe(buckets.of('b', 0));
    expect(buckets.of(undefined, 0)).toBe(buckets.of(undefined, 0));
    expect(buckets.of('', 0)).not.toBe(buckets.of(undefined, 0));
    expect(buckets.size).toBe(3);
  });

  test('that are looked up are not remembered for it', () => {
    const buckets = bucketsOf(10);
    expect(buckets.find('a').room(0)).toBe(10);
    expect(buckets.size).toBe(0);
    use(buckets, 'a', 4, 0);
    expect(buckets.find('a').room(0)).toBe(6);
  });

  test('are never more than maxKeys, and of those in use the one nearest to as new goes', () => {
    const calls = fc.array(
      fc.record({
        key: fc.integer({ min: 0, max: 30 }),
        gapMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3_000 })),
        units: fc.integer({ min: 1, max: 10 }),
      }),
      { maxLength: 100, size: 'max' },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), calls, (maxKeys, steps) => {
        const buckets = bucketsOf(maxKeys);
        let now = 0;
        for (const { key, gapMs, units } of steps) {
          now += gapMs;
          const before = knownTo(buckets);
          const { evicted } = buckets;
          const bucket = buckets.of(String(key), now);
          const after = knownTo(buckets);
          expect(buckets.size).toBeLessThanOrEqual(maxKeys);
          // So few keys are all looked at.
          const busy = before.filter(({ freshAt }) => freshAt > now);
          const crowded =
            busy.length === maxKeys && before.every(({ name }) => name !== String(key));
          const gone = busy.filter(({ name }) => after.every((each) => each.name !== name));
          expect(buckets.evicted - evicted).toBe(crowded ? 1 : 0);
          expect(gone).toHaveLength(crowded ? 1 : 0);
          for (const { freshAt } of gone) {
            expect(freshAt).toBe(Math.min(...busy.map((each) => each.freshAt)));
          }
          const granted = Math.min(units, bucket.room(now));
          if (granted > 0) bucket.take(granted, now);
        }
      }),
      runsOf(1_000),
    );
  });

  test('that nobody used for a minute go as new ones come', () => {
    const buckets = bucketsOf(1_000);
    for (let key = 0; key < 100; key++) use(buckets, `old ${key}`, 1, 0);
    expect(buckets.size).toBe(100);
    for (let key = 0; key < 60; key++) use(buckets, `soon ${key}`, 1, 60_999);
    expect(buckets.size).toBe(160);
    // Two are looked at for each new one, and all of them in turn.
    for (let key = 0; key < 200; key++) use(buckets, `new ${key}`, 1, 61_000);
    expect(buckets.size).toBe(260);
    expect(buckets.evicted).toBe(0);
  });

  test('that used much outlive any number that used little', () => {
    const buckets = bucketsOf(100);
    use(buckets, 'tenant', 10, 0);
    for (let key = 0; key < 10_000; key++) use(buckets, `flood ${key}`, 1, key / 10_000);
    expect(buckets.evicted).toBe(10_001 - 100);
    expect(buckets.find('tenant').room(1)).toBe(0);
  });

  test('somebody waits for are never forgotten: newcomers share one bucket instead', () => {
    const buckets = bucketsOf(2);
    waitFor(buckets, 'a');
    waitFor(buckets, 'b');
    const shared = buckets.of('c', 1e9);
    expect(buckets.of('d', 1e9)).toBe(shared);
    expect(shared).not.toBe(buckets.of(undefined, 0));
    expect(buckets.size).toBe(2);
    expect(buckets.evicted).toBe(0);
  });

  test('somebody waits for are passed by', () => {
    const buckets = bucketsOf(2);
    waitFor(buckets, 'a');
    use(buckets, 'b', 5, 0);
    use(buckets, 'c', 9, 0);
    expect(buckets.find('a').line).toBeDefined();
    expect(buckets.find('b').room(0)).toBe(10);
    expect(buckets.find('c').room(0)).toBe(1);
    expect(buckets.evicted).toBe(1);
  });

  test('are cleared one by one or all together', () => {
    const buckets = bucketsOf(10);
    for (const key of ['a', 'b']) use(buckets, key, 4, 0);
    buckets.of(undefined, 0).take(4, 0);
    buckets.clear('a', 0);
    buckets.clear('unknown', 0);
    expect(buckets.find('a').room(0)).toBe(10);
    expect(buckets.find('b').room(0)).toBe(6);
    buckets.clear(undefined, 0);
    expect(buckets.find('b').room(0)).toBe(10);
    expect(buckets.of(undefined, 0).room(0)).toBe(10);
  });

  test('go on under another limit of their kind, and anew under one of the other', () => {
    const buckets = bucketsOf(10);
    use(buckets, 'a', 8, 0);
    waitFor(buckets, 'b');
    buckets.change(new GcraLimit({ unitsPerMs: 0.01, burst: 20 }), 10, 3_000);
    expect(buckets.find('a').room(3_000)).toBe(15);
    const { line } = buckets.find('b');
    buckets.change(new WindowLimit({ quota: 7, windowMs: 1_000 }), 10, 3_000);
    expect(buckets.find('a').room(3_000)).toBe(7);
    expect(buckets.find('b').line).toBe(line);
    expect(line?.bucket).toBe(buckets.find('b'));
    use(buckets, 'a', 5, 3_000);
    buckets.change(new WindowLimit({ quota: 8, windowMs: 1_000 }), 10, 3_000);
    expect(buckets.find('a').room(3_000)).toBe(3);
  });

  test('that are too many after maxKeys was lowered go at once', () => {
    const buckets = bucketsOf(1_000);
    for (let key = 0; key < 1_000; key++) use(buckets, `key ${key}`, 1 + (key % 5), 0);
    for (const key of ['a', 'b', 'c']) waitFor(buckets, key);
    buckets.change(limit, 10, 0);
    expect(buckets.size).toBe(10);
    for (const key of ['a', 'b', 'c']) expect(buckets.find(key).line).toBeDefined();
    buckets.change(limit, 2, 0);
    expect(buckets.size).toBe(3);
  });
});

describe('a million keys that an attacker chooses', { timeout: 60_000 }, () => {
  test.each([
    ['a rate', limit],
    ['a quota', new WindowLimit({ quota: 10, windowMs: 60_000 })],
  ])('take no more memory than maxKeys of them, under %s', (_, kind) => {
    const buckets = new KeyedBuckets(kind, 1_000);
    const bytes = bytesLeftBy(() => {
      for (let key = 0; key < 1_000_000; key++) use(buckets, `attacker ${key}`, 1, key / 1_000);
    });
    expect(buckets.size).toBe(1_000);
    expect(buckets.evicted).toBeGreaterThan(900_000);
    expect(bytes).toBeLessThan(1_000 * 800);
  });
});
