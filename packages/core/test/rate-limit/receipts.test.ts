import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Limit, Receipt } from '../../src/rate-limit/bucket.ts';
import { GcraLimit } from '../../src/rate-limit/gcra-bucket.ts';
import { WindowLimit } from '../../src/rate-limit/window-bucket.ts';
import { mostWithin, runsOf, worstExcess, type Taking } from './promises.ts';

/** Units come, stay for a while, and are used or given back. */
const journeys = fc.array(
  fc.record({
    gapMs: fc.oneof(
      fc.constant(0),
      fc.integer({ min: 0, max: 300 }),
      fc.integer({ min: 0, max: 3_000 }),
    ),
    units: fc.integer({ min: 1, max: 4 }),
    /** How long until it is given back; undefined means that it is used. */
    backAfterMs: fc.option(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2_000 })), {
      nil: undefined,
    }),
  }),
  { maxLength: 40, size: 'max' },
);

interface Back {
  readonly dueMs: number;
  readonly receipt: Receipt;
}

/** What was taken and used, in order of time. */
const usedUnder = (
  limit: Limit,
  steps: readonly { gapMs: number; units: number; backAfterMs: number | undefined }[],
): Taking[] => {
  const bucket = limit.create();
  const used: Taking[] = [];
  let backs: Back[] = [];
  let at = 0;
  for (const { gapMs, units, backAfterMs } of steps) {
    at += gapMs;
    const due = backs.filter(({ dueMs }) => dueMs <= at).toSorted((a, b) => a.dueMs - b.dueMs);
    backs = backs.filter(({ dueMs }) => dueMs > at);
    for (const { dueMs, receipt } of due) receipt.giveBack(dueMs);
    if (bucket.room(at) < units) continue;
    bucket.take(units, at);
    if (backAfterMs === undefined) used.push({ at, units });
    else backs.push({ dueMs: at + backAfterMs, receipt: bucket.receipt(units, at) });
  }
  return used;
};

describe('units that are given back', () => {
  test('keep the promise of a rate, whenever they come and in whatever order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom(0.5, 1, 4, 10),
        journeys,
        (burst, rate, steps) => {
          const used = usedUnder(new GcraLimit({ unitsPerMs: rate / 1_000, burst }), steps);
          expect(worstExcess(used, rate / 1_000, burst)).toBeLessThan(1e-6);
        },
      ),
      runsOf(5_000),
    );
  });

  test('keep the promise of a quota, whenever they come and in whatever order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 2_000 }),
        journeys,
        (quota, windowMs, steps) => {
          const used = usedUnder(new WindowLimit({ quota, windowMs }), steps);
          expect(mostWithin(used, windowMs)).toBeLessThanOrEqual(quota);
        },
      ),
      runsOf(5_000),
    );
  });

  test.each([
    ['a rate', new GcraLimit({ unitsPerMs: 0.001, burst: 10 })],
    ['a quota', new WindowLimit({ quota: 10, windowMs: 10_000 })],
  ])('at once, they are all there again, under %s', (_, limit) => {
    const bucket = limit.create();
    bucket.take(3, 100);
    const first = bucket.receipt(3, 100);
    bucket.take(5, 100);
    const second = bucket.receipt(5, 100);
    expect(bucket.room(100)).toBe(2);
    first.giveBack(100);
    expect(bucket.room(100)).toBe(5);
    second.giveBack(100);
    expect(bucket.room(100)).toBe(10);
  });

  test('are worth nothing once they have come back by themselves', () => {
    const bucket = new GcraLimit({ unitsPerMs: 0.001, burst: 10 }).create();
    bucket.take(1, 0);
    const receipt = bucket.receipt(1, 0);
    bucket.take(5, 1_000);
    receipt.giveBack(1_000);
    expect(bucket.room(1_000)).toBe(5);
  });

  test.each([
    ['a rate', new GcraLimit({ unitsPerMs: 0.001, burst: 10 })],
    ['a quota', new WindowLimit({ quota: 10, windowMs: 10_000 })],
  ])('are worth nothing after a reset, under %s', (_, limit) => {
    const bucket = limit.create();
    bucket.take(4, 0);
    const receipt = bucket.receipt(4, 0);
    bucket.clear(0);
    expect(bucket.room(0)).toBe(10);
    bucket.take(10, 0);
    receipt.giveBack(0);
    expect(bucket.room(0)).toBe(0);
  });

  test('are worth nothing after the rate changed', () => {
    const bucket = new GcraLimit({ unitsPerMs: 0.001, burst: 10 }).create();
    bucket.take(4, 0);
    const receipt = bucket.receipt(4, 0);
    expect(new GcraLimit({ unitsPerMs: 0.001, burst: 2 }).adopt(bucket, 0)).toBe(true);
    expect(bucket.room(0)).toBe(0);
    receipt.giveBack(0);
    expect(bucket.room(0)).toBe(0);
  });
});
