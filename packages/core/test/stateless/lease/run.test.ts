import { describe, expect, test } from 'vitest';
import { isRefusal } from '../../../src/index.ts';
import { isStoreError, type LeaseContext, type Leased } from '../../../src/stateless/index.ts';
import { hang, listenersOn, untilAborted } from '../../support/calls.ts';
import { benchOf, failureOf, got, isFree, takeElsewhere } from './support/bench.ts';
import type { Fate } from './support/scripted-store.ts';

const boom = new Error('boom');

describe('work under a lock', () => {
  test('gives its value or its error, and the lock is free again', async () => {
    const { clock, memory, policy } = benchOf();
    const { signal } = new AbortController();
    expect(await policy.run(() => 'value', { signal })).toBe('value');
    expect(await isFree(memory)).toBe(true);
    await expect(policy.run(() => Promise.reject(boom), { signal })).rejects.toBe(boom);
    const thrown = policy.run(() => {
      throw boom;
    });
    await expect(thrown).rejects.toBe(boom);
    expect(await isFree(memory)).toBe(true);
    expect(listenersOn(signal)).toBe(0);
    expect(clock.pendingTimers).toBe(0);
    expect(policy.snapshot()).toEqual({
      name: 'door',
      held: 0,
      waiting: 0,
      acquired: 3,
      refused: 0,
      lost: 0,
    });
  });

  test('knows its fence and its key', async () => {
    const { policy } = benchOf();
    const contexts: LeaseContext[] = [];
    await policy.run((context) => void contexts.push(context), { key: 'front' });
    await policy.run((context) => void contexts.push(context));
    expect(contexts.map(({ key }) => key)).toEqual(['front', undefined]);
    expect(contexts[0]?.fence).toMatch(/^\d+$/);
    expect(Object.keys(contexts[0] ?? {})).toEqual(['signal', 'fence', 'key']);
  });

  test('has the lock while it runs, however long', async () => {
    const { clock, memory, policy } = benchOf();
    const { promise, resolve } = Promise.withResolvers<number>();
    const result = policy.run(() => promise);
    await clock.advanceAsync(100_000);
    expect(await isFree(memory)).toBe(false);
    resolve(7);
    expect(await result).toBe(7);
    expect(await isFree(memory)).toBe(true);
  });

  test('does not begin while another has it, and the caller is told when to come back', async () => {
    const { clock, memory, policy } = benchOf();
    await takeElsewhere(memory, 4_000);
    await clock.advanceAsync(1_500);
    let begun = 0;
    const error = await failureOf(policy.run(() => begun++));
    expect(error).toMatchObject({ code: 'HF_LEASE_HELD', policy: 'door', retryAfterMs: 2_500 });
    expect(isRefusal(error)).toBe(true);
    expect((error as Error).message).toBe('lease "door" is held by others; retry in 2500 ms');
    expect(begun).toBe(0);
    expect(policy.snapshot()).toMatchObject({ refused: 1 });
  });

  test('of other keys is not kept from it', async () => {
    const { policy } = benchOf();
    got(await policy.acquire());
    got(await policy.acquire({ key: 'front' }));
    got(await policy.acquire({ key: 'back' }));
    expect(await policy.acquire({ key: 'back' })).toBeUndefined();
  });

  test('does not wait for the store to take the lock back', async () => {
    const { scripted, policy } = benchOf();
    scripted.next.release = ['hangs'];
    expect(await policy.run(() => 'value')).toBe('value');
  });

  test('that holds it when it is lost is told, and nobody waits for it', async () => {
    const { clock, scripted, policy } = benchOf();
    const { promise, resolve } = Promise.withResolvers<string>();
    const { signal } = new AbortController();
    const result = policy.run(() => promise, { signal });
    const failure = failureOf(result);
    scripted.fate = 'hangs';
    await clock.advanceAsync(9_000);
    expect(await failure).toMatchObject({ code: 'HF_LEASE_LOST' });
    expect(listenersOn(signal)).toBe(0);
    scripted.fate = 'well';
    resolve('too late');
    await clock.advanceAsync(0);
    expect(scripted.count('release')).toBe(1);
  });

  test('that stood still for too long has lost it, though it gives a value', async () => {
    const { clock, policy } = benchOf();
    const result = policy.run(() => {
      clock.stall(9_000);
      return 'value';
    });
    await expect(result).rejects.toMatchObject({ code: 'HF_LEASE_LOST' });
    expect(clock.pendingTimers).toBe(0);
  });

  test('that fails after it stood still fails with its own error', async () => {
    const { clock, policy } = benchOf();
    const result = policy.run(() => {
      clock.stall(9_000);
      throw boom;
    });
    await expect(result).rejects.toBe(boom);
  });
});

describe('a caller who gives up', () => {
  test('is let go at once; the work is told, and keeps the lock until it ends, no longer than the lease', async () => {
    const { clock, memory, scripted, policy } = benchOf();
    const { promise, resolve } = Promise.withResolvers<string>();
    const caller = new AbortController();
    let seen: AbortSignal | undefined;
    const result = policy.run(
      ({ signal }) => {
        seen = signal;
        return promise;
      },
      { signal: caller.signal },
    );
    await clock.advanceAsync(1_000);
    caller.abort(boom);
    await expect(result).rejects.toBe(boom);
    expect(seen?.reason).toBe(boom);
    expect(listenersOn(caller.signal)).toBe(0);
    expect(clock.pendingTimers).toBe(0);
    expect(policy.snapshot()).toMatchObject({ held: 0, lost: 0 });
    await clock.advanceAsync(5_000);
    expect(await isFree(memory)).toBe(false);
    resolve('late');
    await clock.advanceAsync(0);
    expect(await isFree(memory)).toBe(true);
    expect(scripted.count('lease')).toBe(1);
  });

  test('of work that heeds it frees the lock at once', async () => {
    const { clock, memory, policy } = benchOf();
    const caller = new AbortController();
    const result = policy.run(
      ({ signal }) => untilAborted({ signal } as Parameters<typeof untilAborted>[0]),
      { signal: caller.signal },
    );
    await clock.advanceAsync(1_000);
    caller.abort(boom);
    await expect(result).rejects.toBe(boom);
    await clock.advanceAsync(0);
    expect(await isFree(memory)).toBe(true);
  });

  test('of work that never ends leaves the lock to end by itself', async () => {
    const { clock, memory, policy } = benchOf();
    const caller = new AbortController();
    const result = policy.run(hang, { signal: caller.signal });
    await clock.advanceAsync(1_000);
    caller.abort(boom);
    await expect(result).rejects.toBe(boom);
    await clock.advanceAsync(8_000);
    expect(await isFree(memory)).toBe(true);
  });

  test('before the store is asked does not have it asked', async () => {
    const { scripted, policy } = benchOf();
    const signal = AbortSignal.abort(boom);
    await expect(policy.run(() => 1, { signal })).rejects.toBe(boom);
    await expect(policy.acquire({ signal, waitMs: 10 })).rejects.toBe(boom);
    expect(scripted.asked).toEqual([]);
  });

  test.each<Fate>(['late', 'slow'])(
    'while the store is asked (%s) is let go at once, and what is granted is given back',
    async (fate) => {
      const { clock, memory, scripted, policy } = benchOf();
      const caller = new AbortController();
      scripted.next.lease = [fate];
      let begun = 0;
      const result = policy.run(() => begun++, { signal: caller.signal });
      await clock.advanceAsync(50);
      caller.abort(boom);
      await expect(result).rejects.toBe(boom);
      expect(listenersOn(caller.signal)).toBe(0);
      await clock.advanceAsync(50);
      expect(begun).toBe(0);
      expect(await isFree(memory)).toBe(true);
      expect(clock.pendingTimers).toBe(0);
    },
  );

  test('as the lock is granted does not have the work begin', async () => {
    const { memory, scripted, policy } = benchOf();
    const caller = new AbortController();
    scripted.store.lease = async (...all) => {
      const leased = await memory.lease(...all);
      void Promise.resolve()
        .then(() => undefined)
        .then(() => undefined)
        .then(() => caller.abort(boom));
      return leased;
    };
    let begun = 0;
    const result = policy.run(() => begun++, { signal: caller.signal });
    await expect(result).rejects.toBe(boom);
    expect(begun).toBe(0);
    expect(await isFree(memory)).toBe(true);
  });
});

describe('a store that fails', () => {
  test.each<Fate>(['unknown', 'not-sent', 'refused'])(
    '(%s) is told as it says, without a wait',
    async (failure) => {
      const { clock, memory, scripted, policy } = benchOf();
      scripted.next.lease = [failure, failure];
      const error = await failureOf(policy.run(() => 1));
      expect(isStoreError(error)).toBe(true);
      expect(error).toMatchObject({ failure });
      await expect(policy.acquire({ waitMs: 5_000 })).rejects.toMatchObject({ failure });
      // What may have been granted is given back; where nothing can have been, nothing is asked for.
      expect(scripted.count('release')).toBe(failure === 'unknown' ? 2 : 0);
      expect(await isFree(memory)).toBe(true);
      expect(clock.pendingTimers).toBe(0);
    },
  );

  test.each<Fate>(['lost', 'hangs', 'garbage'])(
    '(%s) to say whether it granted has what it may have granted given back',
    async (fate) => {
      const { clock, memory, scripted, policy } = benchOf();
      for (const waitMs of [0, 5_000]) {
        scripted.next.lease = [fate];
        const failure = failureOf(policy.run(() => 1, { waitMs }));
        await clock.advanceAsync(1_000);
        expect(await failure).toMatchObject({ failure: 'unknown' });
        expect(await isFree(memory)).toBe(true);
        expect(clock.pendingTimers).toBe(0);
      }
      expect(scripted.count('release')).toBe(2);
    },
  );

  test.each([null, {}, { held: false }, { held: false, retryMs: NaN }])(
    'with an answer that says nothing (%j) is told as unknown, and hangs nobody',
    async (answer) => {
      const { clock, scripted, policy } = benchOf();
      scripted.store.lease = () => Promise.resolve(answer as unknown as Leased);
      for (const waitMs of [0, 5_000])
        await expect(policy.acquire({ waitMs })).rejects.toMatchObject({ failure: 'unknown' });
      expect(scripted.count('release')).toBe(2);
      expect(clock.pendingTimers).toBe(0);
    },
  );

  test('without a promise is told as it throws', async () => {
    const { scripted, policy } = benchOf();
    scripted.next.lease = ['throws'];
    await expect(policy.run(() => 1)).rejects.toThrow('no promise');
  });

  test('as it takes a lock back fails nobody, and hangs nobody', async () => {
    const { clock, scripted, policy } = benchOf();
    for (const fate of ['unknown', 'not-sent', 'throws', 'garbage'] as const) {
      const held = got(await policy.acquire({ key: fate }));
      scripted.next.release = [fate];
      expect(await held.release()).toBeUndefined();
    }
    const held = got(await policy.acquire());
    scripted.next.release = ['hangs'];
    const released = held.release();
    expect(held.release()).toBe(released);
    await clock.advanceAsync(1_000);
    expect(await released).toBeUndefined();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a lock that is acquired', () => {
  test('is given back at the end of an await using', async () => {
    const { memory, policy } = benchOf();
    {
      await using held = got(await policy.acquire());
      expect(held.signal.aborted).toBe(false);
      expect(await isFree(memory)).toBe(false);
      expect(await policy.acquire()).toBeUndefined();
    }
    expect(await isFree(memory)).toBe(true);
  });

  test('stays held when the signal that ended the wait aborts later', async () => {
    const { clock, policy } = benchOf();
    const caller = new AbortController();
    const held = got(await policy.acquire({ signal: caller.signal, waitMs: 10 }));
    expect(listenersOn(caller.signal)).toBe(0);
    caller.abort();
    await clock.advanceAsync(20_000);
    expect(held.signal.aborted).toBe(false);
  });
});

describe('a lock that is disposed of', () => {
  test('gives nothing any more, and leaves what is held', async () => {
    const { clock, scripted, policy } = benchOf();
    const held = got(await policy.acquire());
    policy[Symbol.dispose]();
    await expect(policy.acquire({ key: 'other' })).rejects.toMatchObject({ code: 'HF_DISPOSED' });
    await expect(policy.run(() => 1)).rejects.toMatchObject({ code: 'HF_DISPOSED' });
    await clock.advanceAsync(20_000);
    expect(held.signal.aborted).toBe(false);
    await held.release();
    expect(scripted.count('release')).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  test('while the store is asked gives back what is granted', async () => {
    const { clock, memory, scripted, policy } = benchOf();
    scripted.next.lease = ['late'];
    const failure = failureOf(policy.acquire());
    policy[Symbol.dispose]();
    await clock.advanceAsync(100);
    expect(await failure).toMatchObject({ code: 'HF_DISPOSED' });
    expect(await isFree(memory)).toBe(true);
  });
});
