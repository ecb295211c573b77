import { describe, expect, test } from 'vitest';
import type { RateOptions } from '../../src/rate-limit/types.ts';
import { listenersOn } from '../support/calls.ts';
import { answer, benchOf, type Bench } from './bench.ts';

const boom = new Error('boom');

describe('waiting', () => {
  const usedUp = (options: Partial<RateOptions> = {}): Bench => {
    const bench = benchOf({ burst: 1, maxWaitMs: 10_000, ...options });
    bench.policy.take();
    return bench;
  };

  test('calls are served in order as their units come', async () => {
    const { policy, clock } = usedUp();
    const served: string[] = [];
    const calls = ['a', 'b', 'c'].map((name) =>
      policy.execute(() => served.push(`${name} at ${clock.now()}`)),
    );
    expect(policy.snapshot()).toMatchObject({ waiting: 3 });
    await clock.advanceAsync(2_999);
    expect(served).toEqual(['a at 1000', 'b at 2000']);
    await clock.advanceAsync(1);
    await Promise.all(calls);
    expect(served).toEqual(['a at 1000', 'b at 2000', 'c at 3000']);
  });

  test('is refused at once where it would be in vain', async () => {
    const { policy } = usedUp({ maxWaitMs: 2_000 });
    const calls = [1, 2, 3].map(() => policy.attempt(answer));
    expect(await calls[2]).toMatchObject({ rejection: { retryAfterMs: 3_000 } });
    expect(policy.snapshot()).toMatchObject({ waiting: 2, refused: 1 });
    policy[Symbol.dispose]();
    await Promise.all(calls);
  });

  test('is refused at once where the deadline comes first', async () => {
    const { policy, clock } = usedUp();
    const [late, early] = [1_000, 999].map((deadline) => policy.attempt(answer, { deadline }));
    expect(await early).toMatchObject({
      rejection: { code: 'HF_RATE_LIMITED', retryAfterMs: 2_000 },
    });
    await clock.advanceAsync(1_000);
    expect(await late).toMatchObject({ ok: true });
  });

  test('is refused at once where too many wait, of all keys together', async () => {
    const { policy } = usedUp({ maxWaiting: 2 });
    policy.take({ key: 'a' });
    const calls = ['a', undefined, 'a'].map((key) => policy.attempt(answer, { key }));
    expect(await calls[2]).toMatchObject({ rejection: { retryAfterMs: 2_000 } });
    expect(policy.snapshot()).toMatchObject({ waiting: 2 });
    policy[Symbol.dispose]();
    await Promise.all(calls);
  });

  test('ends at once with an abort, uses nothing up, and everybody behind moves up', async () => {
    const { policy, clock } = benchOf({
      cost: ({ priority }) => priority,
      maxWaitMs: 10_000,
      burst: 4,
    });
    policy.take({ cost: 4 });
    const caller = new AbortController();
    const first = policy.attempt(answer, { priority: 4, signal: caller.signal });
    const second = policy.execute(answer, { priority: 1 });
    const third = policy.execute(answer, { priority: 2 });
    await clock.advanceAsync(1_000);
    expect(policy.snapshot()).toMatchObject({ waiting: 3 });
    caller.abort(boom);
    expect(await first).toMatchObject({ ok: false, error: boom });
    expect(await second).toBe('answer');
    await clock.advanceAsync(2_000);
    expect(await third).toBe('answer');
    expect(policy.snapshot()).toMatchObject({ aborted: 1, admitted: 3, refused: 0, waiting: 0 });
    expect(listenersOn(caller.signal)).toBe(0);
  });

  test('of the last in line that gives up leaves no timer', async () => {
    const { policy, clock } = usedUp();
    const caller = new AbortController();
    const waiting = policy.attempt(answer, { signal: caller.signal });
    expect(clock.pendingTimers).toBe(1);
    expect(clock.holdsProcess).toBe(true);
    caller.abort(boom);
    await waiting;
    expect(clock.pendingTimers).toBe(0);
  });

  test('of any number has one timer', async () => {
    const { policy, clock } = usedUp({ rate: 100 });
    policy.take({ key: 'a' });
    const calls = Array.from({ length: 100 }, (_, index) =>
      policy.execute(answer, { key: index % 2 === 0 ? 'a' : undefined }),
    );
    expect(clock.pendingTimers).toBe(1);
    await clock.advanceAsync(1_000);
    await Promise.all(calls);
    expect(clock.pendingTimers).toBe(0);
  });

  test('whose turn came while our own event loop stood still goes on', async () => {
    const { policy, clock } = usedUp({ maxWaitMs: 1_000 });
    const waiting = policy.attempt(answer);
    clock.stall(5_000);
    await clock.advanceAsync(0);
    expect(await waiting).toMatchObject({ ok: true });
  });

  test('is over when the deadline passed while our own event loop stood still', async () => {
    const { policy, clock } = usedUp();
    const waiting = policy.attempt(answer, { deadline: 1_500 });
    clock.stall(1_501);
    await clock.advanceAsync(0);
    expect(await waiting).toMatchObject({
      rejection: { code: 'HF_RATE_LIMITED', retryAfterMs: 0.001 },
    });
    expect(policy.take()).toMatchObject({ admitted: true });
  });

  test('is over at maxWaitMs when the limit was slowed down meanwhile', async () => {
    const { policy, clock } = usedUp({ maxWaitMs: 1_500 });
    const waiting = policy.attempt(answer);
    policy.update({ rate: 0.1 });
    await clock.advanceAsync(1_499);
    expect(policy.snapshot()).toMatchObject({ waiting: 1 });
    await clock.advanceAsync(1);
    expect(await waiting).toMatchObject({ rejection: { retryAfterMs: 8_500 } });
    expect(clock.pendingTimers).toBe(0);
  });

  test('ends for each at its own time when the limit was slowed down meanwhile', async () => {
    const { policy, clock } = usedUp({ maxWaitMs: 5_000 });
    const ends: string[] = [];
    const asked = async (name: string, deadline?: number): Promise<void> => {
      const result = await policy.attempt(answer, { deadline });
      const wait = result.ok ? 'none' : result.rejection?.retryAfterMs;
      ends.push(`${name} at ${clock.now()}: ${wait}`);
    };
    const calls = [asked('first'), asked('hurried', 2_500)];
    await clock.advanceAsync(500);
    calls.push(asked('third'));
    policy.update({ rate: 0.05 });
    await clock.advanceAsync(10_000);
    await Promise.all(calls);
    // Half a unit was there at 500; the others stand 20 seconds behind each other.
    expect(ends).toEqual(['hurried at 2500: 28000', 'first at 5000: 5500', 'third at 5500: 5000']);
    expect(clock.pendingTimers).toBe(0);
  });

  test('behind one whose time is over ends at once for who wants less than that one', async () => {
    const { policy, clock } = benchOf({ cost: ({ priority }) => priority, maxWaitMs: 10_000 });
    policy.take({ cost: 2 });
    const large = policy.attempt(answer, { priority: 2, deadline: 2_000 });
    const small = policy.attempt(answer, { priority: 1 });
    policy.update({ rate: 0.5 });
    const later = policy.attempt(answer, { priority: 1 });
    clock.stall(2_000);
    policy.take({ cost: 1 });
    expect(policy.snapshot()).toMatchObject({ waiting: 1, refused: 2 });
    expect(await large).toMatchObject({ ok: false });
    expect(await small).toMatchObject({ ok: true });
    policy[Symbol.dispose]();
    await later;
  });

  test('with a signal that takes no listener fails that call alone', async () => {
    const { policy, clock } = usedUp();
    const signal = new AbortController().signal;
    signal.addEventListener = () => {
      throw boom;
    };
    expect(await policy.attempt(answer, { signal })).toMatchObject({ error: boom });
    expect(policy.snapshot()).toMatchObject({ waiting: 0 });
    await clock.advanceAsync(1_000);
    expect(await policy.execute(answer)).toBe('answer');
    expect(clock.pendingTimers).toBe(0);
  });

  test('holds up other keys not at all', async () => {
    const { policy } = usedUp();
    const waiting = policy.attempt(answer);
    expect(await policy.execute(answer, { key: 'other' })).toBe('answer');
    policy[Symbol.dispose]();
    await waiting;
  });
});
