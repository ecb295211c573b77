import { describe, expect, test } from 'vitest';
import { listenersOn } from '../../support/calls.ts';
import { begin, IN_50_MS, KEY, rigOf, TAKE, take, type End } from './rig.ts';

const LEASE = { max: 1, leaseMs: 3_000, id: 'ada' };

describe('the slots', () => {
  test('are held until the store has ended an operation, not until its caller was answered', async () => {
    const rig = rigOf({ maxPending: 3, maxWaiting: 0 });
    rig.store.frozen = true;
    const ends = Array.from({ length: 4 }, () => begin(rig));
    await rig.clock.advanceAsync(0);
    expect(ends.map(({ how }) => how)).toEqual(['pending', 'pending', 'pending', 'not-sent']);
    await rig.clock.advanceAsync(50);
    const later = begin(rig);
    await rig.clock.advanceAsync(0);
    expect(later).toEqual({ how: 'not-sent', afterMs: 0 });
    expect(rig.guard.health()).toEqual({
      state: 'lost',
      pending: 3,
      warnings: ['3 operations were given up and have not ended'],
    });
    rig.store.thaw();
    await rig.clock.advanceAsync(0);
    expect(await take(rig.guard)).toEqual({ answered: true });
  });

  test('go to those who wait, first come first served, with what is left of their time', async () => {
    const rig = rigOf({ maxPending: 1 });
    const { store, clock, guard } = rig;
    store.frozen = true;
    const ends = ['a', 'b', 'c'].map((id) =>
      begin(rig, () => guard.lease(KEY, { ...LEASE, id }, IN_50_MS)),
    );
    await clock.advanceAsync(20);
    expect(store.arrivals).toHaveLength(1);
    store.thaw();
    await clock.advanceAsync(0);
    expect(ends.map(({ how }) => how)).toEqual(['answered', 'answered', 'answered']);
    expect(store.arrivals.map(({ rest }) => Reflect.get(Object(rest[0]), 'id'))).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(store.arrivals.map(({ operation }) => operation.deadlineMs)).toEqual([50, 30, 30]);
  });

  test('never send who waited in vain: the end of his time or his abort is not-sent', async () => {
    const rig = rigOf({ maxPending: 1, maxWaiting: 3 });
    const { store, clock, guard } = rig;
    store.frozen = true;
    const controller = new AbortController();
    const operation = { deadlineMs: 40, signal: controller.signal };
    const first = begin(rig);
    const short = begin(rig, () => guard.take(KEY, TAKE, { deadlineMs: 10 }));
    const leaving = begin(rig, () => guard.take(KEY, TAKE, operation));
    const third = begin(rig);
    const tooMany = begin(rig);
    await clock.advanceAsync(0);
    expect(tooMany).toEqual({ how: 'not-sent', afterMs: 0 });
    await clock.advanceAsync(10);
    expect(short).toEqual({ how: 'not-sent', afterMs: 10 });
    controller.abort(new Error('gone'));
    await clock.advanceAsync(1);
    expect(leaving.how).toBe(controller.signal.reason);
    expect(listenersOn(controller.signal)).toBe(0);
    await clock.advanceAsync(60);
    expect(first.how).toBe('unknown');
    expect(third).toEqual({ how: 'not-sent', afterMs: 50 });
    expect(store.arrivals).toHaveLength(1);
  });

  test('that the store ends none of are waited for by nobody', async () => {
    const rig = rigOf({ maxPending: 1 });
    rig.store.frozen = true;
    begin(rig);
    await rig.clock.advanceAsync(20);
    const waiting = begin(rig);
    await rig.clock.advanceAsync(40);
    const next = begin(rig);
    await rig.clock.advanceAsync(10);
    expect(waiting).toEqual({ how: 'not-sent', afterMs: 30 });
    expect(next).toEqual({ how: 'not-sent', afterMs: 0 });
  });

  test('send nobody whose time is over, though his timer is late', async () => {
    const rig = rigOf({ maxPending: 1 });
    rig.store.delayMs = 45;
    const first = begin(rig);
    const second = begin(rig, (guard) => guard.take(KEY, TAKE, { deadlineMs: 30 }));
    rig.clock.stall(500);
    await rig.clock.advanceAsync(0);
    expect([first.how, second.how]).toEqual(['answered', 'not-sent']);
    expect(rig.store.arrivals).toHaveLength(1);
  });

  test('send nobody who has less left than answers took lately', async () => {
    const rig = rigOf({ maxPending: 1 });
    rig.store.delayMs = 20;
    const ends: End[] = [];
    for (let i = 0; i < 200; i++) {
      ends.push(begin(rig));
      await rig.clock.advanceAsync(20);
    }
    expect(ends.every(({ how }) => how === 'answered')).toBe(true);
    const sent = rig.store.arrivals.length;
    const three = Array.from({ length: 3 }, () => begin(rig));
    await rig.clock.advanceAsync(40);
    expect(three).toEqual([
      { how: 'answered', afterMs: 20 },
      { how: 'answered', afterMs: 40 },
      { how: 'not-sent', afterMs: 40 },
    ]);
    expect(rig.store.arrivals).toHaveLength(sent + 2);
  });

  test('that come late make nobody slow: what he waited for his turn is not blamed on the store', async () => {
    const rig = rigOf({ maxPending: 1 });
    rig.store.delayMs = 2;
    for (let round = 0; round < 5; round++) {
      rig.store.frozen = true;
      const ends = Array.from({ length: 7 }, () => begin(rig));
      for (let ms = 0; ms < 30; ms++) await rig.clock.advanceAsync(1);
      rig.store.thaw();
      for (let ms = 0; ms < 30; ms++) await rig.clock.advanceAsync(1);
      expect(ends.every(({ how }) => how === 'answered')).toBe(true);
    }
    expect(rig.heard).toEqual([]);
  });
});
