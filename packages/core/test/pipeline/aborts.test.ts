import { describe, expect, test } from 'vitest';
import {
  circuitBreaker,
  consecutive,
  fallback,
  pipeline,
  retry,
  timeout,
} from '../../src/index.ts';
import { admitted, benchOf, dueBenchOf } from '../support/breaker.ts';
import { hang, listenersOn, recorded, untilAborted } from '../support/calls.ts';

const gone = new Error('the caller has gone');
const boom = new Error('boom');
const fixed = { baseMs: 100, factor: 1, jitter: 'none' } as const;

test('retry > breaker > timeout: a caller who has given up before the start is heard of by nobody', async () => {
  const { breaker, clock } = benchOf();
  const patience = timeout({ timeoutMs: 100, clock });
  const stack = pipeline(retry({ clock }), breaker, patience);
  const { contexts, call } = recorded(() => 'answer');

  const result = await stack.attempt(call, { signal: AbortSignal.abort(gone) });

  expect(result).toEqual({ ok: false, error: gone });
  expect(contexts).toHaveLength(0);
  expect(breaker.snapshot().counters).toMatchObject({ admitted: 0, refused: 0 });
  expect(clock.pendingTimers).toBe(0);
});

test('breaker > timeout: an abort in the call reaches it and says nothing about the dependency', async () => {
  const { breaker, clock } = benchOf();
  const stack = pipeline(breaker, timeout({ timeoutMs: 100, clock }));
  const caller = new AbortController();
  const result = stack.attempt(untilAborted, { signal: caller.signal });

  await clock.advanceAsync(50);
  caller.abort(gone);

  expect(await result).toEqual({ ok: false, error: gone });
  expect(breaker.snapshot()).toMatchObject({ state: 'CLOSED', inFlight: 0 });
  expect(breaker.snapshot().counters).toMatchObject({ successes: 0, failures: 0, ignored: 1 });
});

test('retry > breaker > timeout: an abort in the first attempt makes it the last', async () => {
  const { breaker, clock } = benchOf();
  const stack = pipeline(retry({ clock }), breaker, timeout({ timeoutMs: 100, clock }));
  const { contexts, call } = recorded(untilAborted);
  const caller = new AbortController();
  const result = stack.attempt(call, { signal: caller.signal });

  caller.abort(gone);
  await clock.advanceAsync(10_000);

  expect(await result).toEqual({ ok: false, error: gone });
  expect(contexts).toHaveLength(1);
});

test('retry > timeout: an abort in a later attempt makes it the last', async () => {
  const { clock } = benchOf();
  const stack = pipeline(retry({ clock, backoff: fixed }), timeout({ timeoutMs: 100, clock }));
  const { contexts, call } = recorded((context) => {
    if (context.attempt === 1) throw boom;
    return untilAborted(context);
  });
  const caller = new AbortController();
  const result = stack.attempt(call, { signal: caller.signal });

  await clock.advanceAsync(150);
  expect(contexts).toHaveLength(2);
  caller.abort(gone);
  await clock.advanceAsync(10_000);

  expect(await result).toEqual({ ok: false, error: gone });
  expect(contexts).toHaveLength(2);
  expect(contexts[1]?.signal.reason).toBe(gone);
});

test('timeout > breaker: a call that ignores the abort and answers has answered', async () => {
  const { breaker, clock } = benchOf();
  const stack = pipeline(timeout({ timeoutMs: 100, clock }), breaker);
  const { promise, resolve } = Promise.withResolvers<string>();
  const caller = new AbortController();
  const result = stack.attempt(() => promise, { signal: caller.signal });

  caller.abort(gone);
  resolve('late');

  expect(await result).toEqual({ ok: true, value: 'late' });
});

test('retry > breaker > timeout: an abort while waiting for a probe slot leaves the line', async () => {
  const { breaker, clock } = dueBenchOf({ halfOpen: { overflow: { waitMs: 5_000, max: 2 } } });
  const stack = pipeline(retry({ clock }), breaker, timeout({ timeoutMs: 100, clock }));
  const probe = admitted(breaker.tryAcquire());
  const { contexts, call } = recorded(() => 'answer');
  const caller = new AbortController();
  const result = stack.attempt(call, { signal: caller.signal });
  await clock.advanceAsync(10);
  expect(breaker.snapshot().waiting).toBe(1);

  caller.abort(gone);

  expect(await result).toEqual({ ok: false, error: gone });
  expect(breaker.snapshot()).toMatchObject({ waiting: 0, inFlight: 1 });
  probe.ignore();
  await clock.advanceAsync(10_000);
  expect(contexts).toHaveLength(0);
});

test('timeout > breaker: an abort in the tick in which a waiter is let in gives the slot back', async () => {
  const { breaker, clock } = dueBenchOf({ halfOpen: { overflow: { waitMs: 5_000, max: 2 } } });
  const stack = pipeline(timeout({ timeoutMs: 100, clock }), breaker);
  const probe = admitted(breaker.tryAcquire());
  const { contexts, call } = recorded(() => 'answer');
  const caller = new AbortController();
  const result = stack.attempt(call, { signal: caller.signal });
  await clock.advanceAsync(10);

  probe.success();
  caller.abort(gone);

  expect(await result).toEqual({ ok: false, error: gone });
  expect(contexts).toHaveLength(0);
  expect(breaker.snapshot()).toMatchObject({ inFlight: 0, probes: { unsettled: 0, successes: 1 } });
});

test('retry > breaker: an abort in a back-off sleep ends it at once', async () => {
  const { breaker, clock } = benchOf({ trip: consecutive(100) });
  const stack = pipeline(retry({ clock, backoff: fixed }), breaker);
  const { contexts, call } = recorded(() => Promise.reject(boom));
  const caller = new AbortController();
  const result = stack.attempt(call, { signal: caller.signal });
  await clock.advanceAsync(50);
  expect(clock.pendingTimers).toBe(1);

  caller.abort(gone);

  expect(await result).toEqual({ ok: false, error: gone });
  expect(clock.pendingTimers).toBe(0);
  await clock.advanceAsync(10_000);
  expect(contexts).toHaveLength(1);
});

test('fallback > retry > timeout: a caller who has given up waits for no answer', async () => {
  const { clock } = benchOf();
  const answers: unknown[] = [];
  const stack = pipeline(
    fallback({ to: (error) => answers.push(error) }),
    retry({ clock }),
    timeout({ timeoutMs: 100, clock }),
  );
  const caller = new AbortController();
  const result = stack.attempt(untilAborted, { signal: caller.signal });

  caller.abort(gone);

  expect(await result).toEqual({ ok: false, error: gone });
  expect(answers).toEqual([]);
});

describe('breaker > retry: a timer of the caller', () => {
  const late = new DOMException('too late', 'TimeoutError');

  test('counts against the dependency', async () => {
    const { breaker, clock } = benchOf();
    const caller = new AbortController();
    const stack = pipeline(breaker, retry({ clock }));
    const result = stack.attempt(untilAborted, { signal: caller.signal });
    caller.abort(late);
    expect(await result).toEqual({ ok: false, error: late });
    expect(breaker.state).toBe('OPEN');
  });

  test('does not with callerTimeout: ignore', async () => {
    const { breaker, clock } = benchOf({ callerTimeout: 'ignore' });
    const caller = new AbortController();
    const stack = pipeline(breaker, retry({ clock }));
    const result = stack.attempt(untilAborted, { signal: caller.signal });
    caller.abort(late);
    expect(await result).toEqual({ ok: false, error: late });
    expect(breaker.snapshot().counters).toMatchObject({ failures: 0, ignored: 1 });
  });
});

describe('fallback > retry > breaker > timeout: after settlement', () => {
  const stackOf = () => {
    const clock = benchOf().clock;
    const breaker = circuitBreaker({
      name: 'inner',
      trip: consecutive(100),
      clock,
      halfOpen: { overflow: { waitMs: 50, max: 1 } },
    });
    const patience = timeout({ timeoutMs: 100, clock });
    const answering = fallback({ to: () => 'instead', when: () => false });
    const stack = pipeline(answering, retry({ clock, backoff: fixed }), breaker, patience);
    const dispose = (): void => {
      for (const policy of [stack, breaker, patience]) policy[Symbol.dispose]();
    };
    return { stack, breaker, clock, dispose };
  };

  test.each([
    ['an answer', () => 'answer'],
    ['failures', () => Promise.reject(boom)],
    [
      'a sync throw',
      () => {
        throw boom;
      },
    ],
    ['timeouts', hang],
    ['timeouts that the call hears of', untilAborted],
  ] as const)('%s leave no listener and no timer', async (_title, ending) => {
    const { stack, clock, dispose } = stackOf();
    const { signal } = new AbortController();
    // Reading the signal is what puts a listener on the caller's.
    const result = stack.attempt((context) => context.signal.aborted || ending(context), {
      signal,
    });
    await clock.advanceAsync(10_000);
    await result;
    dispose();
    expect(listenersOn(signal)).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  test.each([
    ['in the call', 50],
    ['in a back-off sleep', 150],
    ['in a later attempt', 250],
  ])('an abort %s leaves no listener and no timer', async (_title, afterMs) => {
    const { stack, clock, dispose } = stackOf();
    const caller = new AbortController();
    const result = stack.attempt(untilAborted, { signal: caller.signal });
    await clock.advanceAsync(afterMs);
    caller.abort(gone);
    expect(await result).toEqual({ ok: false, error: gone });
    dispose();
    expect(listenersOn(caller.signal)).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  test('a refusal leaves no listener and no timer, at once or after a wait', async () => {
    const { stack, breaker, clock, dispose } = stackOf();
    breaker.open(1_000);
    const { signal } = new AbortController();
    expect(await stack.attempt(untilAborted, { signal })).toMatchObject({ ok: false });
    clock.advance(1_000);
    const probe = admitted(breaker.tryAcquire());
    const waited = stack.attempt(untilAborted, { signal });
    await clock.advanceAsync(50);
    expect(await waited).toMatchObject({ rejection: { code: 'HF_PROBE_LIMIT' } });
    probe.ignore();
    dispose();
    expect(listenersOn(signal)).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });
});

test('retry > timeout: a signal first read after settlement leaves no listener either', async () => {
  const { clock } = benchOf();
  const stack = pipeline(retry({ clock }), timeout({ timeoutMs: 100, clock }));
  const { contexts, call } = recorded(() => 'answer');
  const caller = new AbortController();
  await stack.execute(call, { signal: caller.signal });
  await stack.execute(call, { signal: caller.signal });

  expect(contexts[0]?.signal.aborted).toBe(false);
  expect(listenersOn(caller.signal)).toBe(0);
  caller.abort(gone);
  expect(contexts[1]?.signal.reason).toBe(gone);
});
