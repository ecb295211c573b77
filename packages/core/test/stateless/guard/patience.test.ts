import { describe, expect, test } from 'vitest';
import { begin, load, rigOf, takeIn, type End } from './rig.ts';
import { failure } from './scripted-store.ts';

const count = (ends: readonly End[], how: unknown): number =>
  ends.filter((end) => end.how === how).length;

describe('who gives a store less time than others', () => {
  test('takes it from nobody: it has 50 ms, or as long as any of them lately gave it', async () => {
    const rig = rigOf();
    rig.store.delayMs = 8;
    const hurried = await load(rig, 1, 2_000, takeIn(10 / 3));
    expect(count(hurried, 'unknown')).toBeGreaterThan(1_990);
    rig.store.delayMs = 100;
    begin(rig, takeIn(200));
    const late = await load(rig, 11, 2_000);
    expect(count(late, 'unknown')).toBeGreaterThan(170);
    expect(rig.heard).toEqual([]);
  });

  test('has it noticed that it is frozen, though none gives it more', async () => {
    const rig = rigOf();
    rig.store.frozen = true;
    await load(rig, 10, 200, takeIn(3));
    expect(rig.heard).toEqual([{ what: 'lost', at: 80 }]);
  });

  test('waits for no more than a second to notice it, however patient others are', async () => {
    const rig = rigOf();
    begin(rig, takeIn(60_000));
    await rig.clock.advanceAsync(1);
    rig.store.frozen = true;
    const ends = await load(rig, 100, 1_500);
    expect(rig.heard).toEqual([{ what: 'lost', at: 1_001 }]);
    expect(ends.every(({ afterMs }) => afterMs <= 50)).toBe(true);
  });

  test('is not asked to be as patient as one whom nobody has seen for two minutes', async () => {
    const rig = rigOf();
    rig.store.delayMs = 70;
    begin(rig, takeIn(500));
    await load(rig, 500, 65_000);
    await load(rig, 10, 200);
    expect(rig.heard).toEqual([]);
    for (let minutes = 0; minutes < 2; minutes++) {
      begin(rig);
      await rig.clock.advanceAsync(61_000);
    }
    await load(rig, 10, 200);
    expect(rig.heard).toHaveLength(1);
  });

  test.each(['stale', 'unknown'] as const)(
    'is not told of a store that fails for want of time: %s',
    async (kind) => {
      const rig = rigOf();
      rig.store.error = failure(kind);
      rig.store.delayMs = 3;
      await load(rig, 11, 500, takeIn(3));
      rig.store.delayMs = 10;
      await load(rig, 11, 500, takeIn(3));
      expect(rig.heard).toEqual([]);
      await load(rig, 11, 100, takeIn(30));
      expect(rig.heard).toHaveLength(1);
    },
  );

  test('does not lose it where so many come that all slots are taken by what was given up', async () => {
    const rig = rigOf();
    rig.store.delayMs = 5;
    for (let ms = 0; ms < 500; ms++) {
      for (let i = 0; i < 40; i++) begin(rig, takeIn(3));
      await rig.clock.advanceAsync(1);
    }
    expect(rig.heard).toEqual([]);
  });
});

describe('more than a store can do', () => {
  test.each([
    { delayMs: 5, perMs: 14 },
    { delayMs: 20, perMs: 4 },
    { delayMs: 30, perMs: 4 },
    { delayMs: 45, perMs: 4 },
  ])(
    'does not keep it from what it can: $perMs in a millisecond of $delayMs each',
    async ({ delayMs, perMs }) => {
      const rig = rigOf();
      rig.store.delayMs = delayMs;
      const ends: End[] = [];
      for (let ms = 0; ms < 2_000; ms++) {
        for (let i = 0; i < perMs; i++) ends.push(begin(rig));
        await rig.clock.advanceAsync(1);
      }
      await rig.clock.advanceAsync(50);
      expect(rig.heard).toEqual([]);
      expect(count(ends, 'answered')).toBeGreaterThan(0.95 * ((64 / delayMs) * 2_000));
      expect(Math.max(...ends.map(({ afterMs }) => afterMs))).toBeLessThanOrEqual(50);
    },
  );

  test.each([
    { deadlineMs: 50, delayMs: 40 },
    { deadlineMs: 5_000, delayMs: 4_000 },
  ])(
    'is not blamed on it: who had to wait gives it his whole time from then on, $deadlineMs ms',
    async ({ deadlineMs, delayMs }) => {
      const rig = rigOf({ maxPending: 1 });
      rig.store.delayMs = delayMs;
      const ends = await load(rig, deadlineMs / 5, deadlineMs * 10, takeIn(deadlineMs));
      // It does not know yet that what is left is too little.
      expect(count(ends, 'unknown')).toBeGreaterThan(5);
      expect(count(ends, 'answered')).toBe(1);
      expect(rig.heard).toEqual([]);
    },
  );

  test('does not hide that it freezes', async () => {
    const rig = rigOf();
    rig.store.delayMs = 20;
    for (let ms = 0; ms < 1_000; ms++) {
      if (ms === 700) rig.store.frozen = true;
      for (let i = 0; i < 4; i++) begin(rig);
      await rig.clock.advanceAsync(1);
    }
    expect(rig.heard).toHaveLength(1);
    expect(rig.heard[0]?.at).toBeLessThan(850);
  });
});
