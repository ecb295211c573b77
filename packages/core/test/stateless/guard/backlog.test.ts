import { describe, expect, test } from 'vitest';
import { key } from '../../../src/stateless/index.ts';
import { hearWarnings } from '../../support/warnings.ts';
import { begin, IN_50_MS, KEY, lose, rigOf } from './rig.ts';
import { failure, type Arrival } from './scripted-store.ts';

const LEASE = { leaseMs: 10_000, id: 'ada' };
const TOMBSTONE = { tombstoneMs: 5_000 };

const only = (arrivals: readonly Arrival[], method: string): readonly Arrival[] =>
  arrivals.filter((arrival) => arrival.method === method);

describe('a release', () => {
  test('never fails for a lost store, and is done when the store is back', async () => {
    const rig = rigOf();
    await lose(rig);
    const end = begin(rig, (guard) => guard.release(KEY, LEASE, IN_50_MS));
    await rig.clock.advanceAsync(0);
    expect(end).toEqual({ how: 'answered', afterMs: 0 });
    await rig.clock.advanceAsync(3_000);
    expect(only(rig.store.arrivals, 'release')).toEqual([]);
    rig.store.thaw();
    await rig.clock.advanceAsync(200);
    expect(only(rig.store.arrivals, 'release')).toMatchObject([{ key: KEY, rest: [LEASE] }]);
    await rig.clock.advanceAsync(20_000);
    expect(only(rig.store.arrivals, 'release')).toHaveLength(1);
  });

  test('that fails is done again after 100 ms, then ever later, until the lease has ended by itself', async () => {
    const rig = rigOf();
    rig.store.error = failure('refused');
    const end = begin(rig, (guard) => guard.release(KEY, LEASE, IN_50_MS));
    await rig.clock.advanceAsync(30_000);
    expect(end.how).toBe('answered');
    const times = only(rig.store.arrivals, 'release').map(({ at }) => at);
    expect(times).toEqual([
      0,
      100,
      300,
      700,
      1_500,
      ...Array.from({ length: 8 }, (_, i) => 2_500 + i * 1_000),
    ]);
  });

  test('without an answer is over for its caller at the deadline', async () => {
    const rig = rigOf();
    rig.store.frozen = true;
    const end = begin(rig, (guard) => guard.release(KEY, LEASE, IN_50_MS));
    await rig.clock.advanceAsync(50);
    expect(end).toEqual({ how: 'answered', afterMs: 50 });
  });

  test('is not done late where the lease was taken again by the same holder', async () => {
    const rig = rigOf();
    await lose(rig);
    await rig.guard.release(KEY, LEASE, IN_50_MS);
    begin(rig, (guard) => guard.lease(KEY, { ...LEASE, max: 1 }, IN_50_MS));
    rig.store.thaw();
    await rig.clock.advanceAsync(1_000);
    expect(rig.heard).toHaveLength(2);
    expect(only(rig.store.arrivals, 'release')).toEqual([]);
  });

  test('that is under way again is not done once more where the lease was taken meanwhile', async () => {
    const rig = rigOf();
    rig.store.error = failure('refused');
    await rig.guard.release(KEY, LEASE, IN_50_MS);
    rig.store.frozen = true;
    await rig.clock.advanceAsync(110);
    rig.store.frozen = false;
    rig.store.error = undefined;
    await rig.guard.lease(KEY, { ...LEASE, max: 1 }, IN_50_MS);
    await rig.clock.advanceAsync(5_000);
    expect(only(rig.store.arrivals, 'release').map(({ at }) => at)).toEqual([0, 100]);
  });

  test('is done though its caller has gone, but not where he was gone before', async () => {
    const rig = rigOf();
    rig.store.error = failure('refused');
    const controller = new AbortController();
    const operation = { deadlineMs: 50, signal: controller.signal };
    rig.store.delayMs = 20;
    const end = begin(rig, (guard) => guard.release(KEY, LEASE, operation));
    controller.abort(new Error('gone'));
    await rig.clock.advanceAsync(20);
    expect(end.how).toBe(controller.signal.reason);
    rig.store.error = undefined;
    await rig.clock.advanceAsync(200);
    expect(only(rig.store.arrivals, 'release')).toHaveLength(2);
    const second = begin(rig, (guard) => guard.release(KEY, LEASE, operation));
    await rig.clock.advanceAsync(5_000);
    expect(second.how).toBe(controller.signal.reason);
    expect(only(rig.store.arrivals, 'release')).toHaveLength(2);
  });
});

describe('a removal', () => {
  test('fails for a lost store and takes hold all the same', async () => {
    const rig = rigOf();
    await lose(rig);
    const end = begin(rig, (guard) => guard.remove(KEY, TOMBSTONE, IN_50_MS));
    await rig.clock.advanceAsync(60_000);
    expect(end).toEqual({ how: 'not-sent', afterMs: 0 });
    rig.store.thaw();
    await rig.clock.advanceAsync(500);
    expect(only(rig.store.arrivals, 'remove')).toMatchObject([{ key: KEY, rest: [TOMBSTONE] }]);
  });

  test('is done once, though it was asked for often', async () => {
    const rig = rigOf();
    await lose(rig);
    for (let i = 0; i < 10; i++) begin(rig, (guard) => guard.remove(KEY, TOMBSTONE, IN_50_MS));
    await rig.clock.advanceAsync(0);
    rig.store.thaw();
    await rig.clock.advanceAsync(5_000);
    expect(only(rig.store.arrivals, 'remove')).toHaveLength(1);
  });

  test('without a tombstone is not done late: it would remove what was written since', async () => {
    const rig = rigOf();
    rig.store.error = failure('unknown');
    const end = begin(rig, (guard) => guard.remove(KEY, { tombstoneMs: 0 }, IN_50_MS));
    await rig.clock.advanceAsync(0);
    expect(end.how).toBe('unknown');
    rig.store.error = undefined;
    await rig.clock.advanceAsync(60_000);
    expect(only(rig.store.arrivals, 'remove')).toHaveLength(1);
  });

  test('that was given up is done again, not beside the first one but after it', async () => {
    const rig = rigOf();
    rig.store.frozen = true;
    const end = begin(rig, (guard) => guard.remove(KEY, TOMBSTONE, IN_50_MS));
    await rig.clock.advanceAsync(50);
    rig.store.frozen = false;
    await rig.clock.advanceAsync(150);
    expect(end.how).toBe('unknown');
    expect(only(rig.store.arrivals, 'remove').map(({ at }) => at)).toEqual([0, 150]);
  });
});

describe('what is to be done later', () => {
  test('is done eight at a time, so that users find a slot', async () => {
    const rig = rigOf();
    await lose(rig);
    for (let i = 0; i < 100; i++) {
      const each = key('session', 'default', String(i));
      begin(rig, (guard) => guard.remove(each, TOMBSTONE, IN_50_MS));
    }
    rig.store.thaw(failure('stale'));
    rig.store.delayMs = 5;
    let most = 0;
    for (let ms = 0; ms < 400; ms++) {
      await rig.clock.advanceAsync(1);
      most = Math.max(
        most,
        only(rig.store.arrivals, 'remove').filter(({ ended }) => !ended).length,
      );
    }
    expect(most).toBe(8);
    expect(only(rig.store.arrivals, 'remove')).toHaveLength(100);
    expect(new Set(rig.store.arrivals.map((arrival) => arrival.key)).size).toBe(102);
  });

  test('is bounded: the oldest is dropped with a warning', async () => {
    const warnings = hearWarnings();
    const rig = rigOf({ maxBacklog: 10 });
    await lose(rig);
    for (const id of 'abcdefghijkl') {
      begin(rig, (guard) => guard.remove(key('session', 'default', id), TOMBSTONE, IN_50_MS));
      await rig.clock.advanceAsync(500);
    }
    rig.store.thaw();
    await rig.clock.advanceAsync(1_500);
    const removed = only(rig.store.arrivals, 'remove').map((arrival) => arrival.key.at(-1));
    expect(removed.join('')).toBe('cdefghijkl');
    expect(warnings).toMatchObject([{ code: 'HF_STORE_BACKLOG' }]);
    expect(warnings[0]?.message).toContain('was lost for too long: the oldest');
  });

  test('waits where its own failures have shown that the store is lost', async () => {
    const rig = rigOf();
    rig.store.error = failure('unknown');
    for (let i = 0; i < 20; i++) {
      const each = key('session', 'default', String(i));
      begin(rig, (guard) => guard.remove(each, TOMBSTONE, IN_50_MS));
    }
    await rig.clock.advanceAsync(20_000);
    expect(rig.heard.map(({ what }) => what)).toEqual(['lost']);
    const tried = only(rig.store.arrivals, 'remove').length;
    expect(tried).toBeLessThan(80);
    rig.store.error = undefined;
    await rig.clock.advanceAsync(2_000);
    expect(only(rig.store.arrivals, 'remove')).toHaveLength(tried + 20);
    expect(rig.heard.map(({ what }) => what)).toEqual(['lost', 'restored']);
  });

  test('keeps no process alive in its pauses', async () => {
    const rig = rigOf();
    rig.store.error = failure('refused');
    await rig.guard.release(KEY, LEASE, IN_50_MS);
    expect(rig.clock.pendingTimers).toBe(1);
    expect(rig.clock.holdsProcess).toBe(false);
  });

  test('is not begun before the pause after a failure is over', async () => {
    const rig = rigOf();
    rig.store.error = failure('refused');
    for (const id of ['a', 'b', 'c']) {
      begin(rig, (guard) => guard.remove(key('session', 'default', id), TOMBSTONE, IN_50_MS));
    }
    await rig.clock.advanceAsync(0);
    rig.store.arrivals.length = 0;
    rig.store.error = undefined;
    await rig.clock.advanceAsync(99);
    expect(rig.store.arrivals).toEqual([]);
    await rig.clock.advanceAsync(1);
    expect(rig.store.arrivals).toHaveLength(3);
  });
});
