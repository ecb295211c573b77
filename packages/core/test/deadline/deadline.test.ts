import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  deadline,
  fallback,
  pipeline,
  retry,
  type CallContext,
  type DeadlineOptions,
  type TimeoutEvents,
} from '../../src/index.ts';
import { benchOf } from '../support/breaker.ts';
import { hang, listenersOn, recorded, untilAborted } from '../support/calls.ts';
import { messagesOn } from '../support/channel-messages.ts';
import { expectInvalid, type Complaint } from '../support/invalid-option.ts';
import { RecordingClock } from '../support/recording-clock.ts';

const boom = new Error('boom');
const failing = (): Promise<string> => Promise.reject(boom);

const rigOf = (options: Partial<DeadlineOptions> = {}) => {
  const clock = new RecordingClock();
  const policy = deadline({ deadlineMs: 300, clock, ...options });
  const events: TimeoutEvents['timeout'][] = [];
  policy.on('timeout', (event) => void events.push(event));
  return { clock, policy, events };
};

const after = (clock: RecordingClock, ms: number, error?: Error): Promise<string> =>
  new Promise((resolve, reject) => {
    clock.setTimer(() => (error === undefined ? resolve('answer') : reject(error)), ms);
  });

describe('a deadline', () => {
  test('lets through what settles in time, and leaves no timer that holds the process', async () => {
    const { clock, policy } = rigOf();
    const result = policy.execute(() => after(clock, 299));
    await clock.advanceAsync(299);
    expect(await result).toBe('answer');
    await expect(policy.execute(failing)).rejects.toBe(boom);
    expect(clock.holdsProcess).toBe(false);
    expect(policy.snapshot()).toEqual({
      name: 'deadline',
      deadlineMs: 300,
      timeouts: 0,
      lateInFlight: 0,
      lateSuccesses: 0,
      lateFailures: 0,
    });
  });

  test('ends a call that hangs, on the millisecond, though it ignores the signal', async () => {
    const { clock, policy, events } = rigOf({ name: 'checkout' });
    const { contexts, call } = recorded(hang);
    let settledAt: number | undefined;
    const result = policy.attempt(call).finally(() => (settledAt = clock.now()));
    await clock.advanceAsync(1_000);
    expect(settledAt).toBe(300);
    const settled = await result;
    const ended = { code: 'HF_DEADLINE_EXCEEDED', afterMs: 300 };
    expect(settled).toMatchObject({ rejection: { ...ended, policy: 'checkout' } });
    expect(!settled.ok && settled.rejection?.message).toBe(
      '"checkout": the deadline of the call passed within 300 ms',
    );
    expect(!settled.ok && contexts[0]?.signal.reason === settled.error).toBe(true);
    expect(events).toEqual([{ name: 'checkout', ...ended }]);
    expect(policy.snapshot()).toMatchObject({ timeouts: 1, lateInFlight: 1 });
  });

  test('tells the call when it is, and what is left', async () => {
    const { clock, policy } = rigOf();
    await clock.advanceAsync(1_000);
    const { contexts, call } = recorded(hang);
    const result = policy.attempt(call);
    expect(contexts[0]?.deadline).toBe(1_300);
    await clock.advanceAsync(120);
    expect(contexts[0]?.remainingMs()).toBe(180);
    await clock.advanceAsync(180);
    await result;
    expect(contexts[0]?.remainingMs()).toBe(0);
  });

  test('leaves no listener on the caller’s signal, and the caller’s abort its own', async () => {
    const { clock, policy, events } = rigOf();
    const caller = new AbortController();
    const result = policy.attempt(untilAborted, { signal: caller.signal });
    await clock.advanceAsync(100);
    caller.abort(boom);
    expect(await result).toEqual({ ok: false, error: boom });
    expect(listenersOn(caller.signal)).toBe(0);
    await clock.advanceAsync(1_000);
    expect(events).toEqual([]);
  });
});

describe('of several deadlines', () => {
  test('the nearest holds, whoever set it, for what lies inside each', async () => {
    const ms = fc.integer({ min: 1, max: 1_000 });
    const inputs = [fc.array(ms, { minLength: 1, maxLength: 4 }), fc.option(ms)] as const;
    const property = fc.asyncProperty(...inputs, async (own, given) => {
      const clock = new RecordingClock({ nowMs: 70 });
      const policies = own.map((deadlineMs) => deadline({ deadlineMs, clock }));
      const nearest = Math.min(...own, given ?? Infinity);
      const { contexts, call } = recorded(hang);
      let endedAt = -1;
      const options = given === null ? {} : { deadline: 70 + given };
      const result = pipeline(...policies)
        .attempt(call, options)
        .finally(() => (endedAt = clock.now()));
      expect(contexts[0]?.deadline).toBe(70 + nearest);
      await clock.advanceAsync(nearest - 1);
      expect([contexts[0]?.remainingMs(), contexts[0]?.signal.aborted]).toEqual([1, false]);
      await clock.advanceAsync(2_000);
      expect(await result).toMatchObject({ rejection: { code: 'HF_DEADLINE_EXCEEDED' } });
      expect(endedAt).toBe(70 + nearest);
      for (const policy of policies) policy[Symbol.dispose]();
      expect(clock.pendingTimers).toBe(0);
    });
    await fc.assert(property, { numRuns: 100 });
  });

  test('an inner one is its own stack’s: outside it the outer one is as it was', async () => {
    const clock = new RecordingClock();
    const seen: (number | undefined)[] = [];
    const to = (_error: unknown, context: CallContext): string => {
      seen.push(context.deadline, context.remainingMs());
      return 'instead';
    };
    const inner = deadline({ name: 'inner', deadlineMs: 200, clock });
    const outer = deadline({ name: 'outer', deadlineMs: 500, clock });
    const result = pipeline(outer, fallback({ to }), inner).attempt(hang);
    await clock.advanceAsync(200);
    expect(await result).toEqual({ ok: true, value: 'instead' });
    expect(seen).toEqual([500, 300]);
    const alone = pipeline(fallback({ to }), inner).attempt(failing);
    await clock.advanceAsync(0);
    await alone;
    expect(seen.slice(2)).toEqual([undefined, Infinity]);
  });

  test('the caller’s own that is nearer ends the call, and says so', async () => {
    const { clock, policy } = rigOf();
    const result = policy.attempt(hang, { deadline: clock.now() + 40 });
    await clock.advanceAsync(40);
    const ended = { code: 'HF_DEADLINE_EXCEEDED', afterMs: 40, policy: 'deadline' };
    expect(await result).toMatchObject({ rejection: ended });
  });

  test.each([300, 301, Infinity])('the caller’s own in %i ms changes nothing', async (ms) => {
    const { clock, policy } = rigOf();
    const result = policy.attempt(hang, { deadline: clock.now() + ms });
    await clock.advanceAsync(300);
    expect(await result).toMatchObject({ rejection: { afterMs: 300 } });
  });
});

describe('a deadline that has passed', () => {
  test.each([0, -1, -1e9, -Infinity])('%d ms ago: the call is not made', async (ms) => {
    const { clock, policy, events } = rigOf();
    const { contexts, call } = recorded(hang);
    const result = await policy.attempt(call, { deadline: clock.now() + ms });
    expect(result).toMatchObject({ rejection: { code: 'HF_DEADLINE_EXCEEDED', afterMs: 0 } });
    expect(contexts).toHaveLength(0);
    expect(events).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });

  test('breaker > deadline: the breaker does not count it', async () => {
    const { breaker, clock } = benchOf({ blameAfterMs: 0 });
    const stack = pipeline(breaker, deadline({ deadlineMs: 100, clock }));
    await stack.attempt(hang, { deadline: clock.now() });
    expect(breaker.state).toBe('CLOSED');
    expect(breaker.snapshot()).toMatchObject({
      inFlight: 0,
      counters: { failures: 0, ignored: 1 },
    });
  });

  test('retry > deadline: it is not tried again', async () => {
    const { clock, policy, events } = rigOf();
    const stack = pipeline(retry({ clock, backoff: { baseMs: 0 } }), policy);
    const result = await stack.attempt(hang, { deadline: clock.now() });
    expect(result).toMatchObject({ rejection: { code: 'HF_DEADLINE_EXCEEDED' } });
    expect(events).toHaveLength(1);
  });

  test('fallback > deadline: it is answered for', async () => {
    const { clock, policy } = rigOf();
    const stack = pipeline(fallback({ value: 'instead' }), policy);
    expect(await stack.execute(hang, { deadline: clock.now() - 5 })).toBe('instead');
  });
});

describe('a timer that comes late because our own event loop stood still', () => {
  test('lets an answer that already waits in the socket go first', async () => {
    const { clock, policy, events } = rigOf();
    const { promise, resolve } = Promise.withResolvers<string>();
    const result = policy.attempt(() => promise);
    clock.stall(300 + 251);
    clock.setTimer(() => resolve('answer'), 0);
    await clock.advanceAsync(0);
    expect(await result).toEqual({ ok: true, value: 'answer' });
    expect(events).toEqual([]);
  });
});

describe('what a deadline tells', () => {
  test('messages on the channel of limits', async () => {
    const messages = messagesOn('holdfast:limit');
    const { clock, policy } = rigOf();
    const result = policy.attempt(() => after(clock, 350));
    await clock.advanceAsync(1_000);
    await result;
    expect(messages).toEqual([
      { type: 'timeout', name: 'deadline', code: 'HF_DEADLINE_EXCEEDED', afterMs: 300 },
      { type: 'late', name: 'deadline', ok: true, lateMs: 50 },
    ]);
  });

  test('its place and options to whoever asks for a description', () => {
    const stack = pipeline(deadline({ name: 'checkout', deadlineMs: 300 }));
    expect(stack.describe()).toEqual([
      { policy: 'deadline', name: 'checkout', options: { deadlineMs: 300, stallMs: 250 } },
    ]);
  });
});

describe('update', () => {
  test('changes calls to come and none in flight', async () => {
    const { clock, policy } = rigOf();
    const before = policy.attempt(hang);
    policy.update({ deadlineMs: 500 });
    const later = policy.attempt(hang);
    await clock.advanceAsync(300);
    expect(await before).toMatchObject({ rejection: { afterMs: 300 } });
    await clock.advanceAsync(200);
    expect(await later).toMatchObject({ rejection: { afterMs: 500 } });
    expect(policy.snapshot()).toMatchObject({ deadlineMs: 500, timeouts: 2 });
  });

  test('that is wrong changes nothing', () => {
    const { policy } = rigOf();
    const update = policy.update.bind(policy) as (change: unknown) => void;
    for (const change of [{ deadlineMs: 0 }, { stallMs: 5, deadlineMs: 'soon' }, { name: 'x' }])
      expect(() => update(change)).toThrow(/^option "/);
    expect(policy.snapshot()).toMatchObject({ name: 'deadline', deadlineMs: 300 });
  });
});

describe('options', () => {
  const made = deadline as (options: unknown) => unknown;

  test.each<[unknown, string, Complaint['type'], unknown]>([
    [undefined, 'deadline', TypeError, undefined],
    [100, 'deadline', TypeError, 100],
    [{}, 'deadlineMs', TypeError, undefined],
    [{ deadlineMs: '1s' }, 'deadlineMs', TypeError, '1s'],
    [{ deadlineMs: 0 }, 'deadlineMs', RangeError, 0],
    [{ deadlineMs: Infinity }, 'deadlineMs', RangeError, Infinity],
    [{ deadlineMs: 1, stallMs: 0 }, 'stallMs', RangeError, 0],
    [{ deadlineMs: 1, name: '' }, 'name', TypeError, ''],
    [{ deadlineMs: 1, clock: Date }, 'clock', TypeError, Date],
    [{ deadlineMs: 1, timeoutMs: 1 }, 'deadline.timeoutMs', TypeError, 1],
  ])('%o is a mistake in %s', (options, option, type, value) => {
    expectInvalid(() => made(options), { type, option, value });
  });
});
