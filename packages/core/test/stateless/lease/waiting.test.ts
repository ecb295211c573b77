import { describe, expect, test } from 'vitest';
import type { AcquireOptions, Held, LeasePolicy } from '../../../src/stateless/index.ts';
import { listenersOn } from '../../support/calls.ts';
import {
  benchOf,
  failureOf,
  got,
  isFree,
  releaseElsewhere,
  takeElsewhere,
} from './support/bench.ts';

const boom = new Error('boom');

/** Acquires for many, and notes who got it and when. */
const queued = (policy: LeasePolicy, count: number, options: AcquireOptions) => {
  const order: number[] = [];
  const helds: Held[] = [];
  const all = Array.from({ length: count }, async (_, index) => {
    const held = await policy.acquire(options);
    if (held === undefined) return;
    order.push(index);
    helds.push(held);
  });
  return { order, helds, all };
};

describe('who waits for a lock', () => {
  test('gets it when it is released, at once', async () => {
    const { clock, memory, scripted, policy } = benchOf();
    await takeElsewhere(memory, 60_000);
    const { helds } = queued(policy, 1, { waitMs: 50_000 });
    await clock.advanceAsync(20_000);
    expect(helds).toEqual([]);
    expect(clock.holdsProcess).toBe(true);
    await releaseElsewhere(memory, 60_000);
    await clock.advanceAsync(0);
    expect(helds).toHaveLength(1);
    expect(scripted.watchers).toBe(0);
    await helds[0]?.release();
    expect(clock.pendingTimers).toBe(0);
  });

  test('gets it when the lease of a crashed holder ends', async () => {
    const { clock, memory, policy } = benchOf();
    await takeElsewhere(memory, 4_321);
    const { helds } = queued(policy, 1, { waitMs: 50_000 });
    await clock.advanceAsync(4_320);
    expect(helds).toEqual([]);
    await clock.advanceAsync(1);
    expect(helds).toHaveLength(1);
  });

  test('gets it soon though each hint is lost', async () => {
    const { clock, memory, scripted, policy } = benchOf();
    scripted.hints = false;
    await takeElsewhere(memory, 60_000);
    const { helds } = queued(policy, 1, { waitMs: 50_000 });
    await clock.advanceAsync(20_000);
    await releaseElsewhere(memory, 60_000);
    await clock.advanceAsync(3_000);
    expect(helds).toHaveLength(1);
  });

  test('asks ever less often, up to every third of a lease, and spread by chance', async () => {
    const { clock, memory, scripted, policy } = benchOf();
    await takeElsewhere(memory, 60_000);
    const times: number[] = [];
    const { lease } = scripted.store;
    scripted.store.lease = (...all) => {
      times.push(clock.now());
      return lease(...all);
    };
    queued(policy, 1, { waitMs: 13_500 });
    await clock.advanceAsync(14_000);
    expect(times).toEqual([0, 1_000, 3_000, 6_000, 9_000, 12_000]);
    const spread = benchOf({ random: () => 0.5 });
    await takeElsewhere(spread.memory, 60_000);
    queued(spread.policy, 1, { waitMs: 13_500 });
    await spread.clock.advanceAsync(1_024);
    expect(spread.scripted.count('lease')).toBe(1);
    await spread.clock.advanceAsync(1);
    expect(spread.scripted.count('lease')).toBe(2);
  });

  test('does not watch for what can be had at once', async () => {
    const { scripted, policy } = benchOf();
    let watched = 0;
    const { watch } = scripted.store;
    scripted.store.watch = (...all) => {
      watched++;
      return watch(...all);
    };
    got(await policy.acquire({ waitMs: 1_000 }));
    expect(watched).toBe(0);
    expect(scripted.count('lease')).toBe(1);
  });

  test('waits without hints where the store cannot give any', async () => {
    const { clock, memory, scripted, policy } = benchOf();
    scripted.store.watch = () => {
      throw boom;
    };
    await takeElsewhere(memory, 2_500);
    const { helds } = queued(policy, 1, { waitMs: 5_000 });
    await clock.advanceAsync(2_500);
    expect(helds).toHaveLength(1);
  });

  test('for too long is refused, on time, and told when to come back', async () => {
    const { clock, memory, scripted, policy } = benchOf();
    await takeElsewhere(memory, 60_000);
    let refusedAt: number | undefined;
    const result = policy.run(() => 1, { waitMs: 2_500 }).finally(() => (refusedAt = clock.now()));
    const failure = failureOf(result);
    await clock.advanceAsync(5_000);
    expect(await failure).toMatchObject({ code: 'HF_LEASE_HELD', retryAfterMs: 57_500 });
    expect(refusedAt).toBe(2_500);
    expect(scripted.watchers).toBe(0);
    expect(clock.pendingTimers).toBe(0);
    expect(policy.snapshot()).toMatchObject({ waiting: 0, refused: 1 });
  });

  test('less long than the store takes has its answer all the same', async () => {
    const { clock, memory, scripted, policy } = benchOf();
    scripted.ms = 500;
    scripted.next.lease = ['late'];
    const held = policy.acquire({ waitMs: 10 });
    await clock.advanceAsync(500);
    await got(await held).release();
    await takeElsewhere(memory, 60_000);
    scripted.next.lease = ['late', 'unknown'];
    const refused = policy.acquire({ waitMs: 10 });
    await clock.advanceAsync(500);
    expect(await refused).toBeUndefined();
    await expect(policy.acquire({ waitMs: 10 })).rejects.toMatchObject({ failure: 'unknown' });
    expect(clock.pendingTimers).toBe(0);
  });

  test('leaves at once when its caller gives up, wherever it stands', async () => {
    const { clock, memory, scripted, policy } = benchOf();
    await takeElsewhere(memory, 60_000);
    const callers = [1, 2, 3].map(() => new AbortController());
    const results = callers.map(({ signal }) => policy.acquire({ waitMs: 50_000, signal }));
    await clock.advanceAsync(100);
    for (const index of [1, 0, 2]) {
      callers[index]?.abort(boom);
      await expect(results[index]).rejects.toBe(boom);
    }
    expect(callers.map(({ signal }) => listenersOn(signal))).toEqual([0, 0, 0]);
    expect(policy.snapshot()).toMatchObject({ waiting: 0 });
    expect(scripted.watchers).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  test('and leaves while the store is asked leaves nothing there', async () => {
    const { clock, memory, scripted, policy } = benchOf();
    const caller = new AbortController();
    scripted.next.lease = ['late'];
    const result = policy.acquire({ waitMs: 5_000, signal: caller.signal });
    caller.abort(boom);
    await expect(result).rejects.toBe(boom);
    await clock.advanceAsync(100);
    expect(await isFree(memory)).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('many who wait in one process', () => {
  test('are served in order of arrival, with one operation at a time', async () => {
    const { clock, memory, scripted, policy } = benchOf();
    await takeElsewhere(memory, 60_000);
    const { order, helds } = queued(policy, 500, { waitMs: 50_000 });
    await clock.advanceAsync(900);
    expect(policy.snapshot()).toMatchObject({ waiting: 500 });
    expect(scripted.count('lease')).toBe(1);
    await releaseElsewhere(memory, 60_000);
    for (let served = 1; served <= 500; served++) {
      await clock.advanceAsync(0);
      expect(helds).toHaveLength(served);
      await helds[served - 1]?.release();
    }
    expect(order).toEqual(Array.from({ length: 500 }, (_, index) => index));
    expect(scripted.watchers).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  test('get all places of a semaphore one after the other, without a pause', async () => {
    const { clock, policy } = benchOf({ max: 3 });
    const { helds } = queued(policy, 5, { waitMs: 5_000 });
    await clock.advanceAsync(0);
    expect(helds).toHaveLength(3);
    expect(policy.snapshot()).toMatchObject({ held: 3, waiting: 2, acquired: 3 });
  });

  test('are refused beyond maxWaiting, of all keys together, and a place that is free is not', async () => {
    const { clock, memory, policy } = benchOf({ maxWaiting: 2 });
    await takeElsewhere(memory, 60_000);
    queued(policy, 2, { waitMs: 50_000 });
    await clock.advanceAsync(0);
    expect(await policy.acquire({ waitMs: 50_000 })).toBeUndefined();
    got(await policy.acquire({ key: 'free', waitMs: 50_000 }));
    expect(policy.snapshot()).toMatchObject({ waiting: 2 });
  });

  test('wait on through one failure of the store, and are told of a second one', async () => {
    const { clock, memory, scripted, policy } = benchOf();
    await takeElsewhere(memory, 60_000);
    const failures = [1, 2, 3].map(() => failureOf(policy.acquire({ waitMs: 50_000 })));
    scripted.next.lease = ['well', 'unknown', 'well', 'unknown', 'not-sent'];
    await clock.advanceAsync(7_500);
    expect(scripted.count('lease')).toBe(5);
    expect(policy.snapshot()).toMatchObject({ waiting: 3 });
    await clock.advanceAsync(500);
    for (const failure of failures) expect(await failure).toMatchObject({ failure: 'not-sent' });
    expect(policy.snapshot()).toMatchObject({ waiting: 0 });
    expect(scripted.watchers).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  test('hear of a hint that comes while the store is asked', async () => {
    const { clock, memory, scripted, policy } = benchOf();
    await takeElsewhere(memory, 60_000);
    const { helds } = queued(policy, 1, { waitMs: 50_000 });
    await clock.advanceAsync(999);
    scripted.ms = 500;
    scripted.next.lease = ['late'];
    await clock.advanceAsync(100);
    await releaseElsewhere(memory, 60_000);
    await clock.advanceAsync(401);
    expect(helds).toHaveLength(1);
  });

  test('are turned away when the lock is disposed of', async () => {
    const { clock, memory, scripted, policy } = benchOf();
    await takeElsewhere(memory, 60_000);
    const failures = [1, 2].map(() => failureOf(policy.acquire({ waitMs: 50_000 })));
    await clock.advanceAsync(0);
    policy[Symbol.dispose]();
    for (const failure of failures) expect(await failure).toMatchObject({ code: 'HF_DISPOSED' });
    expect(clock.pendingTimers).toBe(0);
    expect(scripted.watchers).toBe(0);
  });

  test('are turned away when the lock is disposed of, not before what is granted is given back', async () => {
    const { clock, memory, scripted, policy } = benchOf();
    scripted.next.lease = ['late'];
    let free: Promise<boolean> | undefined;
    const result = policy.acquire({ waitMs: 5_000 }).finally(() => void (free = isFree(memory)));
    const failure = failureOf(result);
    policy[Symbol.dispose]();
    await clock.advanceAsync(100);
    expect(await failure).toMatchObject({ code: 'HF_DISPOSED' });
    expect(await free).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  test.each(['refused', 'unknown', 'taken'] as const)(
    'are turned away when the lock is disposed of and what is under way fails (%s)',
    async (how) => {
      const { clock, memory, scripted, policy } = benchOf();
      await takeElsewhere(memory, 60_000);
      const failure = failureOf(policy.acquire({ waitMs: 50_000 }));
      await clock.advanceAsync(999);
      scripted.next.lease = [how === 'taken' ? 'late' : how];
      clock.advance(1);
      policy[Symbol.dispose]();
      await clock.advanceAsync(100);
      expect(await failure).toMatchObject({ code: 'HF_DISPOSED' });
      expect(clock.pendingTimers).toBe(0);
    },
  );
});

describe('a store that processes share', () => {
  test('is asked a moment after a hint, by chance, however many hints come', async () => {
    const { clock, memory, scripted, policy } = benchOf({ random: () => 0.8 }, 'shared');
    await takeElsewhere(memory, 60_000);
    let hint = (): void => undefined;
    scripted.store.watch = (_key, onHint) => {
      hint = onHint;
      return { [Symbol.dispose]: () => undefined };
    };
    const { helds } = queued(policy, 1, { waitMs: 50_000 });
    await clock.advanceAsync(500);
    await releaseElsewhere(memory, 60_000);
    for (let i = 0; i < 4; i++) {
      hint();
      expect(helds).toEqual([]);
      await clock.advanceAsync(1);
    }
    expect(helds).toHaveLength(1);
    hint();
    expect(scripted.count('lease')).toBe(2);
  });
});
