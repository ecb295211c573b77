import { channel } from 'node:diagnostics_channel';
import { describe, expect, test, vi } from 'vitest';
import { CHANNELS, timeout, type TimeoutEvents, type TimeoutOptions } from '../../src/index.ts';
import { virtualClock } from '../../src/testing/index.ts';
import { hang, listenersOn, recorded, untilAborted } from '../support/calls.ts';
import { expectInvalid, type Complaint } from '../support/invalid-option.ts';
import { RecordingClock } from '../support/recording-clock.ts';

const boom = new Error('boom');

const rigOf = (options: Partial<TimeoutOptions> = {}) => {
  const clock = new RecordingClock();
  const policy = timeout({ timeoutMs: 100, clock, ...options });
  const events: TimeoutEvents['timeout'][] = [];
  policy.on('timeout', (event) => void events.push(event));
  return { clock, policy, events };
};

describe('a timeout', () => {
  test('lets through what settles in time', async () => {
    const { policy, clock } = rigOf();
    const { promise, resolve } = Promise.withResolvers<string>();
    const result = policy.execute(() => promise);
    await clock.advanceAsync(99);
    resolve('answer');
    expect(await result).toBe('answer');
    await expect(policy.execute(() => Promise.reject(boom))).rejects.toBe(boom);
    expect(policy.snapshot()).toEqual({
      name: 'timeout',
      timeoutMs: 100,
      timeouts: 0,
      lateInFlight: 0,
      lateSuccesses: 0,
      lateFailures: 0,
    });
  });

  test('ends a call that hangs, on the millisecond, though it ignores the signal', async () => {
    const { policy, clock } = rigOf({ name: 'slow shop' });
    const { contexts, call } = recorded(hang);
    let settledAt: number | undefined;
    const result = policy.attempt(call).finally(() => (settledAt = clock.now()));
    await clock.advanceAsync(1_000);
    expect(settledAt).toBe(100);
    const settled = await result;
    expect(settled).toMatchObject({ rejection: { code: 'HF_TIMEOUT', policy: 'slow shop' } });
    expect(!settled.ok && settled.rejection?.message).toBe(
      'timeout "slow shop": the call did not settle within 100 ms',
    );
    expect(!settled.ok && contexts[0]?.signal.reason === settled.error).toBe(true);
  });

  test('ends a call that heeds the signal with the same error', async () => {
    const { policy, clock } = rigOf();
    const result = policy.attempt(untilAborted);
    await clock.advanceAsync(100);
    expect(await result).toMatchObject({ rejection: { code: 'HF_TIMEOUT', afterMs: 100 } });
  });

  test('tells each call its own time', async () => {
    const { policy, clock } = rigOf();
    const early = policy.attempt(hang);
    await clock.advanceAsync(60);
    const { promise, resolve } = Promise.withResolvers<string>();
    const late = policy.attempt(() => promise);
    await clock.advanceAsync(40);
    expect(await early).toMatchObject({ ok: false });
    resolve('answer');
    expect(await late).toEqual({ ok: true, value: 'answer' });
  });

  test('has one timer for any number of calls, and keeps the process alive only for those in flight', async () => {
    const { policy, clock } = rigOf();
    const ends = Array.from({ length: 50 }, () => Promise.withResolvers<number>());
    const results = ends.map(({ promise }) => policy.execute(() => promise));
    expect(clock.timersMade).toBe(1);
    expect(clock.holdsProcess).toBe(true);
    for (const [index, { resolve }] of ends.entries()) resolve(index);
    await Promise.all(results);
    expect(clock.timersMade).toBe(1);
    expect(clock.holdsProcess).toBe(false);
    policy[Symbol.dispose]();
    expect(clock.pendingTimers).toBe(0);
  });

  test('makes no signal unless somebody reads it', async () => {
    const { policy } = rigOf();
    const { signal } = new AbortController();
    await policy.execute(() => expect(listenersOn(signal)).toBe(0), { signal });
    await policy.execute((context) => expect(context.signal.aborted).toBe(false), { signal });
    expect(listenersOn(signal)).toBe(0);
  });

  test('a call that fails as its signal aborts has still timed out', async () => {
    const { policy, clock } = rigOf();
    const result = policy.attempt(({ signal }) => {
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener('abort', () => reject(boom));
      return promise;
    });
    await clock.advanceAsync(100);
    expect(await result).toMatchObject({ rejection: { code: 'HF_TIMEOUT' } });
  });
});

describe('a deadline of the caller', () => {
  test('that is nearer ends the call, and says so', async () => {
    const { policy, clock, events } = rigOf();
    const result = policy.attempt(hang, { deadline: clock.now() + 40 });
    await clock.advanceAsync(40);
    const settled = await result;
    const ended = { code: 'HF_DEADLINE_EXCEEDED', afterMs: 40 };
    expect(settled).toMatchObject({ rejection: ended });
    expect(!settled.ok && settled.rejection?.message).toBe(
      '"timeout": the deadline of the call passed within 40 ms',
    );
    expect(events).toEqual([{ name: 'timeout', ...ended }]);
  });

  test.each([100, 101, Infinity])('that is %i ms away leaves the timeout its say', async (ms) => {
    const { policy, clock } = rigOf();
    const result = policy.attempt(hang, { deadline: clock.now() + ms });
    await clock.advanceAsync(100);
    expect(await result).toMatchObject({ rejection: { code: 'HF_TIMEOUT', afterMs: 100 } });
  });

  test.each([0, -1, -1_000_000])('that is %i ms away makes no call', async (ms) => {
    const { policy, clock, events } = rigOf();
    const { contexts, call } = recorded(hang);
    const result = await policy.attempt(call, { deadline: clock.now() + ms });
    expect(result).toMatchObject({ rejection: { code: 'HF_DEADLINE_EXCEEDED', afterMs: 0 } });
    expect(contexts).toHaveLength(0);
    expect(events).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });

  test('is there for the call to read', async () => {
    const { policy, clock } = rigOf();
    const deadline = clock.now() + 70;
    const { contexts, call } = recorded(hang);
    const result = policy.attempt(call, { deadline });
    expect(contexts[0]?.deadline).toBe(deadline);
    await clock.advanceAsync(20);
    expect(contexts[0]?.remainingMs()).toBe(50);
    await clock.advanceAsync(1_000);
    expect(contexts[0]?.remainingMs()).toBe(0);
    await result;
  });
});

describe('a timer that comes late because our own event loop stood still', () => {
  /** An answer that comes as the event loop looks at its sockets again, after the timer. */
  const answerAfterStall = async (stallMs: number) => {
    const { policy, clock, events } = rigOf();
    const { promise, resolve } = Promise.withResolvers<string>();
    const result = policy.attempt(() => promise);
    clock.stall(100 + stallMs);
    clock.setTimer(() => resolve('answer'), 0);
    await clock.advanceAsync(0);
    return { result: await result, events, snapshot: policy.snapshot() };
  };

  test('lets an answer that already waits in the socket go first', async () => {
    const { result, events, snapshot } = await answerAfterStall(251);
    expect(result).toEqual({ ok: true, value: 'answer' });
    expect(events).toEqual([]);
    expect(snapshot).toMatchObject({ timeouts: 0 });
  });

  test('does not when it is late by no more than stallMs', async () => {
    const { result, events } = await answerAfterStall(250);
    expect(result).toMatchObject({ rejection: { code: 'HF_TIMEOUT' } });
    expect(events).toHaveLength(1);
  });

  test('is a timeout all the same when no answer waits', async () => {
    const { policy, clock, events } = rigOf({ stallMs: 10 });
    const result = policy.attempt(hang);
    clock.stall(1_000);
    await clock.advanceAsync(0);
    expect(await result).toMatchObject({ rejection: { code: 'HF_TIMEOUT', afterMs: 100 } });
    expect(events).toHaveLength(1);
  });
});

describe('what a timeout tells', () => {
  test('an event for each, after the caller’s promise is settled, and a count', async () => {
    const { policy, clock, events } = rigOf();
    const results = [policy.attempt(hang), policy.attempt(hang)];
    await clock.advanceAsync(100);
    await Promise.all(results);
    const event = { name: 'timeout', code: 'HF_TIMEOUT', afterMs: 100 };
    expect(events).toEqual([event, event]);
    expect(policy.snapshot()).toMatchObject({ timeouts: 2 });
  });

  test('a listener that aborts the call as its caller comes too late', async () => {
    const { policy, clock } = rigOf();
    const caller = new AbortController();
    policy.on('timeout', () => caller.abort(boom));
    const { contexts, call } = recorded(untilAborted);
    const result = policy.attempt(call, { signal: caller.signal });
    await clock.advanceAsync(100);
    expect(await result).toMatchObject({ rejection: { code: 'HF_TIMEOUT' } });
    expect(contexts[0]?.signal.reason).toMatchObject({ code: 'HF_TIMEOUT' });
  });

  test('a listener that throws or starts another call changes nothing', async () => {
    using warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const { policy, clock } = rigOf();
    const inner: Promise<unknown>[] = [];
    const listening = policy.on('timeout', () => {
      inner.push(policy.attempt(() => 'inner'));
      throw boom;
    });
    const result = policy.attempt(hang);
    await clock.advanceAsync(100);
    listening[Symbol.dispose]();
    await clock.advanceAsync(0);
    expect(await result).toMatchObject({ rejection: { code: 'HF_TIMEOUT' } });
    expect(await Promise.all(inner)).toEqual([{ ok: true, value: 'inner' }]);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  test('no event once the listener has left or the policy is disposed', async () => {
    const { policy, clock, events } = rigOf();
    const more: unknown[] = [];
    const listening = policy.on('timeout', (event) => more.push(event));
    listening[Symbol.dispose]();
    policy[Symbol.dispose]();
    const result = policy.attempt(hang);
    await clock.advanceAsync(100);
    expect(await result).toMatchObject({ rejection: { code: 'HF_TIMEOUT' } });
    expect([...events, ...more]).toEqual([]);
    expect(policy.snapshot()).toMatchObject({ timeouts: 1 });
  });

  test('a message on the channel of limits', async () => {
    const messages: unknown[] = [];
    const onMessage = (message: unknown): void => void messages.push(message);
    const limits = channel(CHANNELS.limit);
    limits.subscribe(onMessage);
    const { policy, clock } = rigOf();
    const result = policy.attempt(hang);
    await clock.advanceAsync(100);
    await result;
    limits.unsubscribe(onMessage);
    expect(messages).toEqual([
      { type: 'timeout', name: 'timeout', code: 'HF_TIMEOUT', afterMs: 100 },
    ]);
  });
});

describe('update', () => {
  test('changes calls to come and none in flight', async () => {
    const { policy, clock } = rigOf();
    const before = policy.attempt(hang);
    policy.update({ timeoutMs: 500 });
    const after = policy.attempt(hang);
    await clock.advanceAsync(100);
    expect(await before).toMatchObject({ rejection: { code: 'HF_TIMEOUT', afterMs: 100 } });
    await clock.advanceAsync(400);
    expect(await after).toMatchObject({ rejection: { code: 'HF_TIMEOUT', afterMs: 500 } });
    expect(policy.snapshot()).toMatchObject({ timeoutMs: 500, timeouts: 2 });
  });

  test('leaves the deadline of a call in flight a deadline', async () => {
    const { policy, clock } = rigOf();
    const result = policy.attempt(hang, { deadline: clock.now() + 60 });
    policy.update({ timeoutMs: 10 });
    await clock.advanceAsync(60);
    expect(await result).toMatchObject({ rejection: { code: 'HF_DEADLINE_EXCEEDED' } });
  });

  test('that is wrong changes nothing', () => {
    const { policy } = rigOf();
    const update = policy.update.bind(policy) as (change: unknown) => void;
    for (const change of [{ timeoutMs: 0 }, { stallMs: 5, timeoutMs: 'soon' }, { speed: 1 }]) {
      expect(() => update(change)).toThrow(/^option "/);
    }
    const clock = virtualClock();
    expectInvalid(() => update({ name: 'other' }), fixed('name', 'other'));
    expectInvalid(() => update({ clock }), fixed('clock', clock));
    expect(policy.snapshot()).toMatchObject({ name: 'timeout', timeoutMs: 100 });
  });

  const fixed = (option: string, value: unknown): Complaint => ({
    type: TypeError,
    option,
    value,
  });
});

describe('options', () => {
  const made = timeout as (options: unknown) => unknown;

  test.each<[unknown, string, Complaint['type'], unknown]>([
    [undefined, 'timeout', TypeError, undefined],
    [100, 'timeout', TypeError, 100],
    [{}, 'timeoutMs', TypeError, undefined],
    [{ timeoutMs: '1s' }, 'timeoutMs', TypeError, '1s'],
    [{ timeoutMs: 0 }, 'timeoutMs', RangeError, 0],
    [{ timeoutMs: -1 }, 'timeoutMs', RangeError, -1],
    [{ timeoutMs: Number.NaN }, 'timeoutMs', RangeError, Number.NaN],
    [{ timeoutMs: Infinity }, 'timeoutMs', RangeError, Infinity],
    [{ timeoutMs: 1, stallMs: 0 }, 'stallMs', RangeError, 0],
    [{ timeoutMs: 1, stallMs: 'soon' }, 'stallMs', TypeError, 'soon'],
    [{ timeoutMs: 1, name: '' }, 'name', TypeError, ''],
    [{ timeoutMs: 1, clock: Date }, 'clock', TypeError, Date],
    [{ timeoutMs: 1, timeout: 1 }, 'timeout.timeout', TypeError, 1],
  ])('%o is a mistake in %s', (options, option, type, value) => {
    expectInvalid(() => made(options), { type, option, value });
  });
});
