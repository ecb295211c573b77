import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  add,
  emptyAt,
  emptyLog,
  expire,
  forgetFuture,
  roomIn,
  SPANS,
  takeOut,
  waitIn,
  type Quota,
} from '../../src/rate-limit/sliding-window.ts';
import { spread } from '../support/spread.ts';
import { mostWithin, runsOf, unitsWithin, type Taking } from './promises.ts';

/** A key with its log. */
class Key {
  readonly limit: Quota;
  readonly log = emptyLog();

  constructor(quota: number, windowMs: number) {
    this.limit = { quota, windowMs };
  }

  room(now: number): number {
    expire(this.log, now, this.limit);
    return roomIn(this.log, this.limit);
  }

  take(units: number, now: number): boolean {
    if (this.room(now) < units) return false;
    add(this.log, units, now, this.limit);
    return true;
  }

  waitMs(units: number, now: number): number {
    expire(this.log, now, this.limit);
    return waitIn(this.log, units, now, this.limit);
  }
}

const quotas = fc.record({
  quota: fc.integer({ min: 1, max: 40 }),
  windowMs: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 5_000 })),
});

/** Gaps as shares of a window, many of them at its edges and those of its eighths. */
const traffic = fc.array(
  fc.record({
    gap: fc.oneof(fc.constantFrom(0, 0, 1 / 8, 1, 7 / 8, 9 / 8), spread(0, 0.2), spread(0, 2)),
    units: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 41 })),
  }),
  { maxLength: 100, size: 'max' },
);

describe('the sliding window', { timeout: 60_000 }, () => {
  test('never holds more than its quota, and refuses no call that a window longer by an eighth would admit', () => {
    fc.assert(
      fc.property(quotas, traffic, ({ quota, windowMs }, calls) => {
        const key = new Key(quota, windowMs);
        const taken: Taking[] = [];
        let at = 0;
        for (const { gap, units } of calls) {
          at += Math.round(gap * windowMs * 8) / 8;
          const longer = unitsWithin(taken, at - windowMs * 1.125, at);
          const admitted = key.take(units, at);
          expect(admitted || longer + units > quota).toBe(true);
          if (admitted) taken.push({ at, units });
          expect(key.log.live).toBeLessThanOrEqual(9);
        }
        expect(mostWithin(taken, windowMs)).toBeLessThanOrEqual(quota);
      }),
      runsOf(3_000),
    );
  });

  test('holds no more of a key that asks all the time', () => {
    const key = new Key(100, 60_000);
    const taken: Taking[] = [];
    for (let at = 0; at < 300_000; at += 7) if (key.take(1, at)) taken.push({ at, units: 1 });
    expect(mostWithin(taken, 60_000)).toBe(100);
    // What such a key takes it takes at once, so that it comes back to the millisecond.
    expect(taken.length).toBeGreaterThanOrEqual(495);
  });

  test('gives a unit back when it left the window, where it came alone', () => {
    const key = new Key(1, 86_400_000);
    expect(key.take(1, 5)).toBe(true);
    expect(key.take(1, 86_400_004)).toBe(false);
    expect(key.take(1, 86_400_005)).toBe(true);
  });

  test('keeps units that came together until the last of them has left', () => {
    const key = new Key(2, 800);
    key.take(1, 0);
    key.take(1, 99);
    expect(key.room(898)).toBe(0);
    expect(key.room(899)).toBe(2);
  });

  test('counts units an eighth of the window apart each by themselves', () => {
    const key = new Key(2, 800);
    key.take(1, 0);
    key.take(1, 100);
    expect(key.room(799)).toBe(0);
    expect(key.room(800)).toBe(1);
    expect(key.room(899)).toBe(1);
    expect(key.room(900)).toBe(2);
  });

  test('takes no more memory however busy it is', () => {
    const key = new Key(1e6, 1_000);
    const { length } = key.log.spans;
    for (let at = 0; at < 10_000; at += 0.5) key.take(1, at);
    expect(key.log.spans).toHaveLength(length);
    expect(length).toBe(18);
  });

  test('tells a wait after which the units are there, and before which they are not', () => {
    fc.assert(
      fc.property(quotas, traffic, ({ quota, windowMs }, calls) => {
        const key = new Key(quota, windowMs);
        let at = 0;
        for (const { gap, units } of calls) {
          at += Math.round(gap * windowMs);
          if (key.take(units, at) || units > quota) continue;
          const waitMs = key.waitMs(units, at);
          const copy = new Key(quota, windowMs);
          Object.assign(copy.log, structuredClone(key.log));
          expect(copy.room(at + waitMs - 0.002)).toBeLessThan(units);
          expect(copy.room(at + waitMs)).toBeGreaterThanOrEqual(units);
        }
      }),
      runsOf(1_000),
    );
  });

  test('waits a further window for each quota that others take before', () => {
    const key = new Key(10, 1_000);
    key.take(4, 0);
    key.take(6, 500);
    expect(key.waitMs(4, 600)).toBe(400);
    expect(key.waitMs(10, 600)).toBe(900);
    expect(key.waitMs(14, 600)).toBe(1_400);
    expect(key.waitMs(20, 600)).toBe(1_900);
  });

  test('is empty when the last unit has left', () => {
    const key = new Key(10, 1_000);
    expect(emptyAt(key.log, key.limit)).toBe(-Infinity);
    key.take(1, 20);
    key.take(1, 700);
    expect(emptyAt(key.log, key.limit)).toBe(1_700);
  });

  test('takes units that were not used out of their span, as long as it is there', () => {
    const key = new Key(10, 800);
    key.take(3, 0);
    const span = add(key.log, 4, 200, key.limit);
    expect(key.room(200)).toBe(3);
    expect(takeOut(key.log, 4, span)).toBe(4);
    expect(key.room(200)).toBe(7);
    const gone = add(key.log, 2, 300, key.limit);
    expect(key.room(1_100)).toBe(10);
    expect(takeOut(key.log, 2, gone)).toBe(0);
    expect(key.room(1_100)).toBe(10);
  });

  test('takes no more out of a span than stands there, and nothing out of one that was never opened', () => {
    const key = new Key(10, 800);
    const first = add(key.log, 3, 0, key.limit);
    const second = add(key.log, 4, 200, key.limit);
    expect(takeOut(key.log, 5, first)).toBe(3);
    expect(takeOut(key.log, 5, first)).toBe(0);
    expect(takeOut(key.log, 5, second + 1)).toBe(0);
    expect(key.room(200)).toBe(6);
    expect(takeOut(emptyLog(), 1, 0)).toBe(0);
  });

  test('never holds more spans than it says', () => {
    const key = new Key(1e6, 800);
    for (let at = 0; at < 8_000; at += 100) key.take(1, at);
    expect(key.log.spans).toHaveLength(2 * SPANS);
  });

  test('stands still for no longer than a window when the clock steps back', () => {
    const key = new Key(3, 1_000);
    key.take(2, 1_000_000);
    key.take(1, 1_000_500);
    forgetFuture(key.log, 700_000);
    expect(key.waitMs(1, 700_000)).toBe(1_000);
    expect(key.room(700_999)).toBe(0);
    expect(key.room(701_000)).toBe(3);
    key.take(1, 701_000);
    forgetFuture(key.log, 701_001);
    expect(key.waitMs(3, 701_001)).toBe(999);
  });
});
