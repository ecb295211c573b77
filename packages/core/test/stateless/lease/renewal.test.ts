import { describe, expect, test } from 'vitest';
import { CHANNELS } from '../../../src/index.ts';
import { isStoreError, key, type LeaseEvents } from '../../../src/stateless/index.ts';
import { messagesOn } from '../../support/channel-messages.ts';
import { benchOf, DOOR, firstIdOf, got, isFree, OPERATION } from './support/bench.ts';
import type { Fate } from './support/scripted-store.ts';

const RELIED_ON_MS = 9_000 - 90 - 2;

describe('a lease that is held', () => {
  test('is renewed every third of it, as long as it is held, and not after', async () => {
    const { clock, memory, scripted, policy } = benchOf();
    const held = got(await policy.acquire());
    await clock.advanceAsync(2_999);
    expect(scripted.count('lease')).toBe(1);
    await clock.advanceAsync(1);
    expect(scripted.count('lease')).toBe(2);
    await clock.advanceAsync(87_000);
    expect(scripted.count('lease')).toBe(31);
    expect(held.signal.aborted).toBe(false);
    expect(await isFree(memory)).toBe(false);
    await held.release();
    expect(await isFree(memory)).toBe(true);
    expect(clock.pendingTimers).toBe(0);
    await clock.advanceAsync(90_000);
    expect(scripted.count('lease')).toBe(31);
    expect(held.signal.aborted).toBe(false);
  });

  test('does not keep the process alive', async () => {
    const { clock, policy } = benchOf();
    await policy.acquire();
    expect(clock.pendingTimers).toBe(1);
    expect(clock.holdsProcess).toBe(false);
  });

  test('is named anew each time, by 144 bits', async () => {
    const { scripted, policy } = benchOf();
    for (let i = 0; i < 3; i++) await got(await policy.acquire()).release();
    const ids = scripted.asked
      .filter(({ method }) => method === 'lease')
      .map((each) => (each.arguments[1] as { readonly id: string }).id);
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[\w-]{24}$/);
  });

  test('has a fence that grows with each grant', async () => {
    const { clock, policy } = benchOf();
    const first = got(await policy.acquire());
    await first.release();
    await clock.advanceAsync(1);
    const second = got(await policy.acquire());
    expect(BigInt(second.fence)).toBeGreaterThan(BigInt(first.fence));
  });
});

describe('a renewal that fails', () => {
  test.each<Fate>(['lost', 'hangs', 'unknown', 'not-sent', 'refused', 'throws', 'garbage'])(
    '(%s) is tried again, and one that gets through is enough',
    async (fate) => {
      const { clock, scripted, policy } = benchOf();
      const held = got(await policy.acquire());
      scripted.next.lease = [fate, fate, fate, fate, fate];
      await clock.advanceAsync(60_000);
      expect(held.signal.aborted).toBe(false);
      expect(policy.snapshot()).toMatchObject({ held: 1, lost: 0 });
    },
  );

  test.each<Fate>(['lost', 'hangs', 'unknown', 'not-sent', 'refused', 'throws', 'garbage'])(
    '(%s) for so long loses the lease, a hundredth and 2 ms before the store gives it away',
    async (fate) => {
      const { clock, scripted, policy } = benchOf();
      const held = got(await policy.acquire({ key: 'front' }));
      const { signal } = held;
      let abortedAt: number | undefined;
      signal.addEventListener('abort', () => (abortedAt = clock.now()));
      scripted.fate = fate;
      await clock.advanceAsync(RELIED_ON_MS - 1);
      expect(signal.aborted).toBe(false);
      await clock.advanceAsync(1);
      expect(abortedAt).toBe(RELIED_ON_MS);
      expect(signal.reason).toMatchObject({ code: 'HF_LEASE_LOST', policy: 'door' });
      const asked = scripted.count('lease');
      await clock.advanceAsync(60_000);
      expect(scripted.count('lease')).toBe(asked);
      expect(clock.pendingTimers).toBe(0);
    },
  );

  test('is the cause of the loss, if it said anything', async () => {
    const { clock, scripted, policy } = benchOf();
    const { signal } = got(await policy.acquire());
    scripted.fate = 'not-sent';
    await clock.advanceAsync(9_000);
    expect(isStoreError((signal.reason as Error).cause)).toBe(true);
    expect((signal.reason as Error).message).toBe(
      'lease "door" is lost: it could not be renewed in time',
    );
  });

  test('is no cause when it was made good', async () => {
    const { clock, scripted, policy } = benchOf();
    const { signal } = got(await policy.acquire());
    scripted.next.lease = ['not-sent'];
    await clock.advanceAsync(4_500);
    // It stands still before the next renewal fails.
    await clock.advanceAsync(1_000);
    clock.stall(20_000);
    expect(signal.aborted).toBe(true);
    expect((signal.reason as Error).cause).toBeUndefined();
  });

  test('is told to listeners and the channel, without the key, when the state is committed', async () => {
    const messages = messagesOn(CHANNELS.store);
    const { clock, scripted, policy } = benchOf();
    const events: LeaseEvents['lost'][] = [];
    const held = got(await policy.acquire({ key: 'front' }));
    policy.on('lost', (event) => {
      expect(held.signal.aborted).toBe(true);
      expect(policy.snapshot()).toMatchObject({ held: 0, lost: 1 });
      events.push(event);
    });
    scripted.fate = 'hangs';
    await clock.advanceAsync(9_000);
    expect(events).toEqual([{ name: 'door', key: 'front', fence: held.fence }]);
    expect(messages).toEqual([{ type: 'lease-lost', name: 'door' }]);
  });
});

describe('an answer to a renewal', () => {
  test('that comes late counts from when it was asked for', async () => {
    const { clock, scripted, policy } = benchOf({ deadlineMs: 3_000 });
    const { signal } = got(await policy.acquire());
    scripted.ms = 2_500;
    scripted.next.lease = ['late'];
    scripted.fate = 'hangs';
    await clock.advanceAsync(3_000 + RELIED_ON_MS - 1);
    expect(signal.aborted).toBe(false);
    await clock.advanceAsync(1);
    expect(signal.aborted).toBe(true);
  });

  test('that says others hold it loses the lease at once', async () => {
    const { clock, scripted, policy } = benchOf();
    const held = got(await policy.acquire());
    const refusal = { held: false, retryMs: 1, holders: 1 } as const;
    scripted.store.lease = () => Promise.resolve(refusal);
    await clock.advanceAsync(3_000);
    expect(held.signal.reason).toMatchObject({ code: 'HF_LEASE_LOST' });
    await clock.advanceAsync(60_000);
    expect(clock.pendingTimers).toBe(0);
  });

  test('that grants it anew loses it, since another may have had it, and gives it back', async () => {
    const { clock, memory, scripted, policy } = benchOf();
    const held = got(await policy.acquire());
    const lease = { leaseMs: 9_000, id: firstIdOf(scripted) };
    await memory.release(DOOR, lease, OPERATION);
    await clock.advanceAsync(3_000);
    expect(held.signal.reason).toMatchObject({ code: 'HF_LEASE_LOST' });
    expect(await isFree(memory)).toBe(true);
    expect(scripted.count('release')).toBe(1);
    await held.release();
    expect(scripted.count('release')).toBe(1);
  });

  test('that grants a place of a semaphore anew loses it, too', async () => {
    const { clock, memory, scripted, policy } = benchOf({ max: 2 });
    const { signal } = got(await policy.acquire());
    const place = key('semaphore', 'default', 'door');
    await memory.release(place, { leaseMs: 9_000, id: firstIdOf(scripted) }, OPERATION);
    await clock.advanceAsync(3_000);
    expect(signal.reason).toMatchObject({ code: 'HF_LEASE_LOST' });
    expect(scripted.count('release')).toBe(1);
  });

  test('of another fence loses it, where the answer that granted it anew was lost', async () => {
    const { clock, memory, scripted, policy } = benchOf();
    const { signal } = got(await policy.acquire());
    const lease = { leaseMs: 9_000, id: firstIdOf(scripted) };
    await memory.release(DOOR, lease, OPERATION);
    scripted.next.lease = ['lost'];
    await clock.advanceAsync(3_999);
    expect(signal.aborted).toBe(false);
    await clock.advanceAsync(1);
    expect(signal.reason).toMatchObject({ code: 'HF_LEASE_LOST' });
    expect(await isFree(memory)).toBe(true);
  });

  test('of a semaphore may carry the fence of another holder', async () => {
    const { clock, policy } = benchOf({ max: 2 });
    const first = got(await policy.acquire());
    await clock.advanceAsync(1);
    const second = got(await policy.acquire());
    await clock.advanceAsync(60_000);
    expect([first.signal.aborted, second.signal.aborted]).toEqual([false, false]);
    expect(first.fence).not.toBe(second.fence);
  });

  test('that was carried out after the lease was given back has it given back again', async () => {
    const { clock, memory, scripted, policy } = benchOf();
    const held = got(await policy.acquire());
    scripted.ms = 500;
    scripted.next.lease = ['slow'];
    await clock.advanceAsync(3_000);
    await held.release();
    await clock.advanceAsync(499);
    expect(scripted.count('release')).toBe(1);
    await clock.advanceAsync(1);
    expect(scripted.count('release')).toBe(2);
    expect(await isFree(memory)).toBe(true);
  });
});

describe('a process that stood still', () => {
  test('sees that the lease is over before its timers run', async () => {
    const { clock, policy } = benchOf();
    const held = got(await policy.acquire());
    const { signal } = held;
    const followed = AbortSignal.any([signal]);
    let heard = 0;
    signal.addEventListener('abort', () => heard++);
    clock.stall(RELIED_ON_MS - 1);
    expect(signal.aborted).toBe(false);
    signal.throwIfAborted();
    clock.stall(1);
    expect(() => signal.throwIfAborted()).toThrow('lease "door" is lost');
    expect(signal.aborted).toBe(true);
    expect(followed.aborted).toBe(true);
    await clock.advanceAsync(60_000);
    expect(heard).toBe(1);
    expect(policy.snapshot()).toMatchObject({ held: 0, lost: 1 });
  });

  test('renews when it goes on, if it is still in time', async () => {
    const { clock, scripted, policy } = benchOf();
    const { signal } = got(await policy.acquire());
    clock.stall(RELIED_ON_MS - 1);
    await clock.advanceAsync(0);
    expect(scripted.count('lease')).toBe(2);
    await clock.advanceAsync(30_000);
    expect(signal.aborted).toBe(false);
  });

  test('has the signal aborted already where nobody read it before', async () => {
    const { clock, policy } = benchOf();
    const held = got(await policy.acquire());
    clock.stall(9_000);
    expect(held.signal.aborted).toBe(true);
    expect(held.signal.reason).toMatchObject({ code: 'HF_LEASE_LOST' });
  });

  test('gives back what it was granted before it stood still, as what may be over', async () => {
    const { clock, memory, scripted, policy } = benchOf();
    scripted.store.lease = async (...all) => {
      const leased = await memory.lease(...all);
      clock.stall(RELIED_ON_MS);
      return leased;
    };
    await expect(policy.acquire()).rejects.toMatchObject({ failure: 'unknown' });
    expect(scripted.count('release')).toBe(1);
    expect(policy.snapshot()).toMatchObject({ held: 0, acquired: 0 });
  });
});
