import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  circuitBreaker,
  consecutive,
  fallback,
  pipeline,
  retry,
  timeout,
  type CallContext,
} from '../../src/index.ts';
import { hang, listenersOn, recorded, untilAborted, userPolicy } from '../support/calls.ts';
import { RecordingClock } from '../support/recording-clock.ts';

const boom = new Error('boom');
const failing = (): Promise<string> => Promise.reject(boom);
const fixed = { kind: 'constant', baseMs: 100, jitter: 'none' } as const;

describe('a function under a policy of its own', () => {
  test('is run by it, with the error and the policy’s context', async () => {
    const seen: unknown[] = [];
    const again = retry({ clock: new RecordingClock(), backoff: { baseMs: 0 } });
    const to = (error: unknown, { attempt }: CallContext): string => {
      seen.push(error, attempt);
      return 'instead';
    };
    expect(await fallback({ to, policy: again }).execute(failing)).toBe('instead');
    expect(seen).toEqual([boom, 1]);
  });

  test('is told the caller’s key, priority and deadline', async () => {
    const { contexts, call } = recorded(() => 'instead');
    const policy = fallback({ to: (_error, context) => call(context), policy: userPolicy() });
    const options = { key: 'tenant', priority: 4, deadline: 1e12 };
    await policy.execute(failing, options);
    expect(contexts[0]).toMatchObject(options);
  });

  test('is tried again, timed and refused by it as by any other', async () => {
    const clock = new RecordingClock();
    const breaker = circuitBreaker({ name: 'second', trip: consecutive(1), clock });
    const guard = pipeline(
      retry({ clock, attempts: 2, backoff: fixed }),
      breaker,
      timeout({ timeoutMs: 50, clock }),
    );
    const { contexts, call } = recorded(hang);
    const policy = fallback({ to: (_error, context) => call(context), policy: guard });
    const result = policy.attempt(failing);
    await clock.advanceAsync(1_000);
    // The first attempt timed out and opened the circuit; the second was refused.
    expect(await result).toMatchObject({
      rejection: { code: 'HF_CIRCUIT_OPEN', policy: 'second' },
    });
    expect(contexts).toHaveLength(1);
    expect(contexts[0]?.signal.reason).toMatchObject({ code: 'HF_TIMEOUT' });
    expect(breaker.snapshot()).toMatchObject({ counters: { failures: 1, refused: 1 } });
  });

  test('hears of the caller’s abort through it, and leaves no listener', async () => {
    const clock = new RecordingClock();
    const caller = new AbortController();
    const guard = timeout({ timeoutMs: 500, clock });
    const policy = fallback({ to: (_error, context) => untilAborted(context), policy: guard });
    const result = policy.attempt(failing, { signal: caller.signal });
    await clock.advanceAsync(10);
    caller.abort(boom);
    expect(await result).toEqual({ ok: false, error: boom });
    expect(listenersOn(caller.signal)).toBe(0);
    expect(clock.holdsProcess).toBe(false);
  });

  test('may be answered for by a fallback of that policy', async () => {
    const second = fallback({ value: null });
    const policy = fallback({ to: failing, policy: second });
    expect(await policy.execute(failing)).toBeNull();
    expect([policy.snapshot(), second.snapshot()]).toMatchObject([
      { answered: 1 },
      { answered: 1 },
    ]);
  });

  test('is not run for errors that when does not name, nor after the caller’s abort', async () => {
    const { contexts, call } = recorded(() => 'instead');
    const to = (_error: unknown, context: CallContext): string => call(context) as string;
    const policy = fallback({ to, policy: userPolicy(), when: () => false });
    await expect(policy.execute(failing)).rejects.toBe(boom);
    policy.update({ when: undefined });
    const caller = new AbortController();
    const call2 = (): Promise<never> => {
      caller.abort();
      return Promise.reject(boom);
    };
    await expect(policy.execute(call2, { signal: caller.signal })).rejects.toBe(boom);
    expect(contexts).toHaveLength(0);
    expect(policy.snapshot()).toMatchObject({ answered: 0 });
  });
});

test('the types of value, function and policy all reach the result', () => {
  const order = (): Promise<Date> => Promise.resolve(new Date());
  const byValue = fallback({ value: 'instead' });
  expectTypeOf(byValue.execute(order)).toEqualTypeOf<Promise<Date | string>>();
  const byFunction = fallback({ to: () => Promise.resolve(7) });
  expectTypeOf(byFunction.execute(order)).toEqualTypeOf<Promise<Date | number>>();
  const none = fallback({ value: null });
  const under = fallback({ to: () => 7, policy: none });
  expectTypeOf(under.execute(order)).toEqualTypeOf<Promise<Date | number | null>>();
  const underRetry = fallback({ to: () => 7, policy: retry() });
  expectTypeOf(underRetry.execute(order)).toEqualTypeOf<Promise<Date | number>>();
  const underPipeline = fallback({ to: () => 7, policy: pipeline(none, retry()) });
  expectTypeOf(underPipeline.execute(order)).toEqualTypeOf<Promise<Date | number | null>>();
  const stack = pipeline(under, retry(), byValue);
  expectTypeOf(stack.execute(order)).toEqualTypeOf<Promise<Date | number | null | string>>();
});
