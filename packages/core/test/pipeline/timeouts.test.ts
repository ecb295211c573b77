import { describe, expect, test } from 'vitest';
import { consecutive, pipeline, retry, timeout } from '../../src/index.ts';
import { admitted, benchOf, dueBenchOf } from '../support/breaker.ts';
import { hang, recorded, untilAborted } from '../support/calls.ts';

const boom = new Error('boom');
const fixed = { baseMs: 100, factor: 1, jitter: 'none' } as const;
const timedOut = { ok: false, rejection: { code: 'HF_TIMEOUT' } };

test('breaker > timeout: calls that hang open the circuit', async () => {
  const { breaker, clock } = benchOf({ trip: consecutive(3) });
  const stack = pipeline(breaker, timeout({ timeoutMs: 100, clock }));
  for (let call = 0; call < 3; call++) {
    const result = stack.attempt(hang);
    await clock.advanceAsync(100);
    expect(await result).toMatchObject(timedOut);
  }
  expect(breaker.snapshot()).toMatchObject({ state: 'OPEN', inFlight: 0 });
  expect(await stack.attempt(hang)).toMatchObject({ rejection: { code: 'HF_CIRCUIT_OPEN' } });
});

test('timeout > breaker: a call that hangs is a failure and gives its permit back', async () => {
  const { breaker, clock } = benchOf();
  const result = pipeline(timeout({ timeoutMs: 100, clock }), breaker).attempt(hang);
  await clock.advanceAsync(100);
  expect(await result).toMatchObject({ rejection: { code: 'HF_TIMEOUT', afterMs: 100 } });
  expect(breaker.snapshot()).toMatchObject({ state: 'OPEN', inFlight: 0 });
  expect(breaker.snapshot().counters).toMatchObject({ failures: 1 });
});

test('timeout > breaker > retry: the breaker counts one failure, however many attempts there were', async () => {
  const { breaker, clock } = benchOf({ trip: consecutive(100) });
  const repeating = retry({ clock, attempts: 100, backoff: fixed });
  const stack = pipeline(timeout({ timeoutMs: 250, clock }), breaker, repeating);
  const { contexts, call } = recorded(() => Promise.reject(boom));
  const result = stack.attempt(call);
  await clock.advanceAsync(10_000);
  expect(await result).toMatchObject(timedOut);
  expect(contexts).toHaveLength(3);
  expect(breaker.snapshot()).toMatchObject({ inFlight: 0, counters: { failures: 1 } });
});

test('timeout > breaker: a timeout while waiting for a probe slot sends nothing and leaves the line', async () => {
  const { breaker, clock } = dueBenchOf({ halfOpen: { overflow: { waitMs: 5_000, max: 2 } } });
  const probe = admitted(breaker.tryAcquire());
  const { contexts, call } = recorded(() => 'answer');
  const result = pipeline(timeout({ timeoutMs: 100, clock }), breaker).attempt(call);
  await clock.advanceAsync(100);
  expect(await result).toMatchObject(timedOut);
  expect(breaker.snapshot()).toMatchObject({ state: 'HALF_OPEN', waiting: 0 });
  probe.ignore();
  await clock.advanceAsync(10_000);
  expect(contexts).toHaveLength(0);
  expect(breaker.snapshot()).toMatchObject({ inFlight: 0, probes: { unsettled: 0 } });
});

test('timeout > breaker > breaker: a timeout before anything was sent is no failure in between', async () => {
  const inner = dueBenchOf({ name: 'inner', halfOpen: { overflow: { waitMs: 5_000, max: 2 } } });
  const { clock } = inner;
  const probe = admitted(inner.breaker.tryAcquire());
  const { breaker: between } = benchOf({ name: 'between', clock });
  const patience = timeout({ timeoutMs: 100, clock });
  const result = pipeline(patience, between, inner.breaker).attempt(() => 'answer');
  await clock.advanceAsync(100);
  expect(await result).toMatchObject(timedOut);
  expect(between.snapshot()).toMatchObject({ inFlight: 0, state: 'CLOSED' });
  expect(between.snapshot().counters).toMatchObject({ failures: 0, ignored: 1 });
  probe.ignore();
});

test('breaker > timeout > breaker: a slot that comes in the tick of the timeout goes back', async () => {
  const inner = dueBenchOf({ name: 'inner', halfOpen: { overflow: { waitMs: 5_000, max: 2 } } });
  const { clock } = inner;
  const probe = admitted(inner.breaker.tryAcquire());
  const { breaker: outer } = benchOf({ name: 'outer', clock, trip: consecutive(100) });
  const { contexts, call } = recorded(() => 'answer');
  const patience = timeout({ timeoutMs: 100, clock });
  const result = pipeline(outer, patience, inner.breaker).attempt(call);
  await clock.advanceAsync(99);

  probe.success();
  clock.advance(1);

  expect(await result).toMatchObject(timedOut);
  expect(contexts).toHaveLength(0);
  expect(inner.breaker.snapshot()).toMatchObject({ inFlight: 0, probes: { unsettled: 0 } });
  expect(outer.snapshot().inFlight).toBe(0);
});

describe('timeout > retry:', () => {
  test('a timeout ends a back-off sleep at once and no further attempt runs', async () => {
    const { clock } = benchOf();
    const patience = timeout({ timeoutMs: 50, clock });
    const stack = pipeline(patience, retry({ clock, backoff: fixed }));
    const { contexts, call } = recorded(() => Promise.reject(boom));
    const result = stack.attempt(call);
    await clock.advanceAsync(50);
    expect(await result).toMatchObject({ rejection: { code: 'HF_TIMEOUT', afterMs: 50 } });
    patience[Symbol.dispose]();
    expect(clock.pendingTimers).toBe(0);
    await clock.advanceAsync(10_000);
    expect(contexts).toHaveLength(1);
  });

  test('a timeout in a later attempt aborts the signals of all of them', async () => {
    const { clock } = benchOf();
    const patience = timeout({ timeoutMs: 150, clock });
    const stack = pipeline(patience, retry({ clock, backoff: fixed }));
    const { contexts, call } = recorded(({ attempt }) => {
      if (attempt === 1) throw boom;
      return hang();
    });
    const result = stack.attempt(call);
    await clock.advanceAsync(10_000);
    expect(await result).toMatchObject(timedOut);
    expect(contexts).toHaveLength(2);
    // Read only now: the abandoned call may look late.
    for (const { signal } of contexts) expect(signal.reason).toMatchObject({ code: 'HF_TIMEOUT' });
  });

  test('an attempt that starts in the tick of the timeout is the last', async () => {
    const { clock } = benchOf();
    const stack = pipeline(timeout({ timeoutMs: 100, clock }), retry({ clock, backoff: fixed }));
    const { contexts, call } = recorded(() => Promise.reject(boom));
    const result = stack.attempt(call);
    await clock.advanceAsync(10_000);
    expect(await result).toMatchObject(timedOut);
    expect(contexts.length).toBeLessThanOrEqual(2);
  });
});

describe('retry > timeout:', () => {
  test('each attempt has a timeout and a signal of its own', async () => {
    const { clock } = benchOf();
    const stack = pipeline(retry({ clock, backoff: fixed }), timeout({ timeoutMs: 100, clock }));
    const aborted: boolean[] = [];
    const { contexts, call } = recorded(({ signal, attempt }) => {
      aborted.push(signal.aborted);
      return attempt < 3 ? hang() : 'answer';
    });
    const result = stack.attempt(call);
    await clock.advanceAsync(10_000);
    expect(await result).toEqual({ ok: true, value: 'answer' });
    expect(aborted).toEqual([false, false, false]);
    expect(new Set(contexts.map(({ signal }) => signal)).size).toBe(3);
    expect(contexts.map(({ signal }) => signal.aborted)).toEqual([true, true, false]);
  });

  test('a signal first read after the timeout is aborted, and stays so', async () => {
    const { clock } = benchOf();
    const stack = pipeline(retry({ clock, backoff: fixed }), timeout({ timeoutMs: 100, clock }));
    const { contexts, call } = recorded(({ attempt }) => (attempt === 1 ? hang() : 'answer'));
    const result = stack.attempt(call);
    await clock.advanceAsync(10_000);
    expect(await result).toEqual({ ok: true, value: 'answer' });
    expect(contexts[0]?.signal.reason).toMatchObject({ code: 'HF_TIMEOUT' });
    expect(contexts[1]?.signal.aborted).toBe(false);
  });

  test('the last timeout is what the caller sees, once the attempts are used up', async () => {
    const { clock } = benchOf();
    const patience = timeout({ timeoutMs: 100, clock });
    const stack = pipeline(retry({ clock, backoff: fixed }), patience);
    const result = stack.attempt(untilAborted);
    await clock.advanceAsync(10_000);
    expect(await result).toMatchObject(timedOut);
    expect(patience.snapshot()).toMatchObject({ timeouts: 3 });
  });
});

test('timeout > retry > timeout: the outer one bounds the whole, the inner one each attempt', async () => {
  const { clock } = benchOf();
  const whole = timeout({ name: 'whole', timeoutMs: 250, clock });
  const each = timeout({ name: 'each', timeoutMs: 100, clock });
  const stack = pipeline(whole, retry({ clock, attempts: 10, backoff: fixed }), each);
  const { contexts, call } = recorded(hang);
  const result = stack.attempt(call);
  await clock.advanceAsync(10_000);
  expect(await result).toMatchObject({ rejection: { code: 'HF_TIMEOUT', policy: 'whole' } });
  expect(contexts).toHaveLength(2);
  expect(whole.snapshot()).toMatchObject({ timeouts: 1 });
  expect(each.snapshot()).toMatchObject({ timeouts: 1 });
});

test('timeout > timeout: the nearer one ends the call, and only it', async () => {
  const { clock } = benchOf();
  const near = timeout({ name: 'near', timeoutMs: 50, clock });
  const far = timeout({ name: 'far', timeoutMs: 100, clock });
  for (const stack of [pipeline(near, far), pipeline(far, near)]) {
    const result = stack.attempt(hang);
    await clock.advanceAsync(1_000);
    expect(await result).toMatchObject({ rejection: { policy: 'near' } });
  }
  expect(far.snapshot()).toMatchObject({ timeouts: 0 });
});

describe('breaker > timeout: a deadline nearer than the timeout', () => {
  const resultAfter = async (deadlineMs: number, blameAfterMs: number) => {
    const { breaker, clock } = benchOf({ blameAfterMs });
    const stack = pipeline(breaker, timeout({ timeoutMs: 1_000, clock }));
    const result = stack.attempt(hang, { deadline: clock.now() + deadlineMs });
    await clock.advanceAsync(10_000);
    return { result: await result, breaker };
  };

  test('ends the call with HF_DEADLINE_EXCEEDED', async () => {
    const { result } = await resultAfter(300, 500);
    const rejection = { code: 'HF_DEADLINE_EXCEEDED', afterMs: 300 };
    expect(result).toMatchObject({ ok: false, rejection });
  });

  test('is not blamed on a call that ran shorter than blameAfterMs', async () => {
    const { breaker } = await resultAfter(499, 500);
    expect(breaker.snapshot()).toMatchObject({ state: 'CLOSED', inFlight: 0 });
    expect(breaker.snapshot().counters).toMatchObject({ failures: 0, ignored: 1 });
  });

  test('is blamed on one that ran that long', async () => {
    const { breaker } = await resultAfter(500, 500);
    expect(breaker.snapshot().counters).toMatchObject({ failures: 1, ignored: 0 });
  });

  test('is blamed on the call as a timeout is when both fall together', async () => {
    const { result, breaker } = await resultAfter(1_000, 5_000);
    expect(result).toMatchObject(timedOut);
    expect(breaker.state).toBe('OPEN');
  });
});

test('timeout > breaker: a deadline outside is weighed as one inside', async () => {
  const { breaker, clock } = benchOf({ blameAfterMs: 500 });
  const stack = pipeline(timeout({ timeoutMs: 1_000, clock }), breaker);
  const short = stack.attempt(hang, { deadline: clock.now() + 499 });
  await clock.advanceAsync(1_000);
  expect(await short).toMatchObject({ rejection: { code: 'HF_DEADLINE_EXCEEDED' } });
  expect(breaker.state).toBe('CLOSED');
  const long = stack.attempt(hang, { deadline: clock.now() + 500 });
  await clock.advanceAsync(1_000);
  expect(await long).toMatchObject({ rejection: { code: 'HF_DEADLINE_EXCEEDED' } });
  expect(breaker.state).toBe('OPEN');
});

test('retry > timeout: no attempt starts whose pause would outlast the deadline', async () => {
  const { clock } = benchOf();
  const stack = pipeline(retry({ clock, backoff: fixed }), timeout({ timeoutMs: 1_000, clock }));
  const { contexts, call } = recorded(() => Promise.reject(boom));
  const result = stack.attempt(call, { deadline: clock.now() + 200 });
  await clock.advanceAsync(10_000);
  expect(await result).toEqual({ ok: false, error: boom });
  expect(contexts.map((context) => context.attempt)).toEqual([1, 2]);
  expect(contexts[1]?.remainingMs()).toBe(0);
});

describe('retry > breaker > timeout: what an abandoned call says later', () => {
  test.each(['an answer', 'an error'])('%s is heard by nobody', async (kind) => {
    const unhandled: unknown[] = [];
    const onUnhandled = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', onUnhandled);
    const { breaker, clock } = benchOf();
    const patience = timeout({ timeoutMs: 100, clock });
    const stack = pipeline(retry({ clock, attempts: 2 }), breaker, patience);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const result = stack.attempt(() => promise);
    await clock.advanceAsync(100);
    const before = breaker.snapshot();

    if (kind === 'an answer') resolve('late');
    else reject(boom);
    await clock.advanceAsync(10_000);
    process.off('unhandledRejection', onUnhandled);

    expect(await result).toMatchObject({ ok: false });
    expect(unhandled).toEqual([]);
    expect(before.counters).toMatchObject({ failures: 1, lateSuccesses: 0, lateFailures: 0 });
    expect(breaker.snapshot().counters).toMatchObject({ failures: 1, successes: 0 });
  });
});
