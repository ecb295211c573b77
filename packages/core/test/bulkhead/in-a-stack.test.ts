import { describe, expect, test } from 'vitest';
import {
  bulkhead,
  circuitBreaker,
  consecutive,
  deadline,
  pipeline,
  retry,
  timeout,
  type BulkheadOptions,
} from '../../src/index.ts';
import { hang, listenersOn, recorded, untilAborted, userPolicy } from '../support/calls.ts';
import { RecordingClock } from '../support/recording-clock.ts';

const boom = new Error('boom');

const rigOf = (options: Partial<BulkheadOptions> = {}) => {
  const clock = new RecordingClock();
  const slots = bulkhead({ concurrency: 1, queue: 10, clock, ...options });
  return {
    clock,
    slots,
    quick: timeout({ timeoutMs: 100, clock }),
    breaker: circuitBreaker({ name: 'breaker', trip: consecutive(1), clock }),
  };
};

/** Work that ends when it is told to, whatever its signal says. */
const deaf = () => {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  return { ...recorded(() => promise), resolve, reject };
};

const timedOut = { ok: false, rejection: { code: 'HF_TIMEOUT' } };

describe('bulkhead over timeout', () => {
  test('gives the slot back with the answer and counts the work that runs on', async () => {
    const { clock, slots, quick } = rigOf();
    const policy = pipeline(slots, quick);
    const [first, second] = [deaf(), deaf()];
    const results = [policy.attempt(first.call), policy.attempt(second.call)];
    await clock.advanceAsync(100);
    expect(await results[0]).toMatchObject(timedOut);
    expect(slots.snapshot()).toMatchObject({ inFlight: 1, waiting: 0, lateInFlight: 1 });
    second.resolve('answer');
    expect(await results[1]).toEqual({ ok: true, value: 'answer' });
    expect(slots.snapshot()).toMatchObject({ inFlight: 0, lateInFlight: 1 });
    first.reject(boom);
    await clock.advanceAsync(0);
    expect(slots.snapshot()).toMatchObject({ inFlight: 0, lateInFlight: 0 });
  });

  test('holds the slot until the work is over where that is asked for', async () => {
    const { clock, slots, quick } = rigOf({ holdUntil: 'finished' });
    const policy = pipeline(slots, quick);
    const [first, second] = [deaf(), deaf()];
    const results = [policy.attempt(first.call), policy.attempt(second.call)];
    await clock.advanceAsync(500);
    expect(await results[0]).toMatchObject(timedOut);
    expect(slots.snapshot()).toMatchObject({ inFlight: 1, waiting: 1, lateInFlight: 1 });
    expect(second.contexts).toHaveLength(0);
    first.resolve('too late');
    await clock.advanceAsync(0);
    expect(slots.snapshot()).toMatchObject({ inFlight: 1, waiting: 0, lateInFlight: 0 });
    expect(second.contexts).toHaveLength(1);
    second.resolve('answer');
    expect(await results[1]).toEqual({ ok: true, value: 'answer' });
    expect(slots.snapshot()).toMatchObject({ inFlight: 0 });
  });

  test.for(['settled', 'finished'] as const)(
    'frees the slot at once where the call heeds its signal (%s)',
    async (holdUntil) => {
      const { clock, slots, quick } = rigOf({ holdUntil });
      const policy = pipeline(slots, quick);
      const result = policy.attempt(untilAborted);
      await clock.advanceAsync(100);
      expect(await result).toMatchObject(timedOut);
      expect(slots.snapshot()).toMatchObject({ inFlight: 0, lateInFlight: 0 });
    },
  );

  test('a call keeps to what was asked for as it was timed out', async () => {
    const { clock, slots, quick } = rigOf({ holdUntil: 'finished' });
    const work = deaf();
    const result = pipeline(slots, quick).attempt(work.call);
    await clock.advanceAsync(100);
    await result;
    slots.update({ holdUntil: 'settled' });
    expect(slots.snapshot()).toMatchObject({ inFlight: 1, lateInFlight: 1 });
    work.resolve('');
    await clock.advanceAsync(0);
    expect(slots.snapshot()).toMatchObject({ inFlight: 0, lateInFlight: 0 });
  });

  test('the wait is no part of the time of the call', async () => {
    const { clock, slots, quick } = rigOf();
    const first = deaf();
    void slots.execute(first.call);
    const result = pipeline(slots, quick).attempt(() => 'answer');
    await clock.advanceAsync(900);
    first.resolve('');
    expect(await result).toEqual({ ok: true, value: 'answer' });
  });
});

describe('bulkhead over retry over timeout', () => {
  test.for([
    { holdUntil: 'settled' as const, inFlight: 0 },
    { holdUntil: 'finished' as const, inFlight: 1 },
  ])('knows of the late work of every attempt ($holdUntil)', async ({ holdUntil, inFlight }) => {
    const { clock, slots, quick } = rigOf({ holdUntil });
    const attempts = [deaf(), deaf(), deaf()];
    const again = retry({ attempts: 3, clock, backoff: { baseMs: 10, jitter: 'none' } });
    const policy = pipeline(slots, again, quick);
    const result = policy.attempt((context) => attempts[context.attempt - 1]?.call(context));
    await clock.advanceAsync(1_000);
    expect(await result).toMatchObject(timedOut);
    expect(slots.snapshot()).toMatchObject({ inFlight, lateInFlight: 3 });
    for (const [index, { resolve }] of attempts.entries()) {
      expect(slots.snapshot()).toMatchObject({ inFlight, lateInFlight: 3 - index });
      resolve('');
      await clock.advanceAsync(0);
    }
    expect(slots.snapshot()).toMatchObject({ inFlight: 0, lateInFlight: 0 });
  });
});

describe('bulkhead over retry over timeout, when a later attempt answers', () => {
  test.for([
    { holdUntil: 'settled' as const, inFlight: 0 },
    { holdUntil: 'finished' as const, inFlight: 1 },
  ])('the late work of the first still counts ($holdUntil)', async ({ holdUntil, inFlight }) => {
    const { clock, slots, quick } = rigOf({ holdUntil });
    const first = deaf();
    const again = retry({ attempts: 2, clock, backoff: { baseMs: 10, jitter: 'none' } });
    const result = pipeline(slots, again, quick).attempt((context) =>
      context.attempt === 1 ? first.call(context) : 'answer',
    );
    await clock.advanceAsync(500);
    expect(await result).toEqual({ ok: true, value: 'answer' });
    expect(slots.snapshot()).toMatchObject({ inFlight, lateInFlight: 1 });
    first.resolve('');
    await clock.advanceAsync(0);
    expect(slots.snapshot()).toMatchObject({ inFlight: 0, lateInFlight: 0 });
  });
});

describe('retry over bulkhead over timeout', () => {
  test('each attempt takes a slot and gives it back, and an abort ends the wait of a later one', async () => {
    const { clock, slots, quick } = rigOf();
    const again = retry({ attempts: 3, clock, backoff: { baseMs: 10, jitter: 'none' } });
    const caller = new AbortController();
    const policy = pipeline(again, slots, quick);
    const result = policy.attempt(untilAborted, { signal: caller.signal });
    await clock.advanceAsync(105);
    void slots.execute(hang);
    await clock.advanceAsync(100);
    expect(slots.snapshot()).toMatchObject({ inFlight: 1, waiting: 1, admitted: 2 });
    caller.abort(boom);
    expect(slots.snapshot().waiting).toBe(0);
    await result;
    expect(listenersOn(caller.signal)).toBe(0);
  });

  test('does not retry a refusal', async () => {
    const { clock, slots } = rigOf({ queue: 0 });
    void slots.execute(hang);
    const again = retry({ attempts: 3, clock });
    const result = await pipeline(again, slots).attempt(hang);
    expect(result).toMatchObject({ rejection: { code: 'HF_BULKHEAD_FULL' } });
    expect(slots.snapshot().refused).toBe(1);
  });
});

describe('timeout over bulkhead', () => {
  test('a wait that the timeout ends leaves the queue at once, and the call is not made', async () => {
    const { clock, slots, quick } = rigOf();
    const caller = new AbortController();
    void slots.execute(hang);
    const waiting = recorded(hang);
    const result = pipeline(quick, slots).attempt(waiting.call, { signal: caller.signal });
    await clock.advanceAsync(100);
    expect(await result).toMatchObject(timedOut);
    expect(slots.snapshot()).toMatchObject({ waiting: 0, aborted: 1 });
    expect(waiting.contexts).toHaveLength(0);
    expect(listenersOn(caller.signal)).toBe(0);
  });

  test('a slot that is granted in the moment of the timeout goes back, and on to the next', async () => {
    const { clock, slots, quick } = rigOf();
    const policy = pipeline(quick, slots);
    const permit = slots.tryAcquire();
    const waiting = recorded(hang);
    const result = policy.attempt(waiting.call);
    const next = slots.execute(() => 'next');
    // Both in one turn: the slot is granted, and the timeout comes before the call hears of it.
    clock.setTimer(() => expect(permit.admitted && permit.release()).toBe(undefined), 99);
    clock.advance(100);
    expect(slots.snapshot()).toMatchObject({ inFlight: 1, waiting: 1, admitted: 2 });
    expect(await result).toMatchObject(timedOut);
    expect(await next).toBe('next');
    expect(waiting.contexts).toHaveLength(0);
    expect(slots.snapshot()).toMatchObject({ inFlight: 0, waiting: 0, lateInFlight: 0 });
  });

  test.for([
    { holdUntil: 'settled' as const, inFlight: 0 },
    { holdUntil: 'finished' as const, inFlight: 1 },
  ])(
    'a call that is ended while it runs is late work like any other ($holdUntil)',
    async ({ holdUntil, inFlight }) => {
      const { clock, slots, quick } = rigOf({ holdUntil });
      const work = deaf();
      const result = pipeline(quick, slots).attempt(work.call);
      await clock.advanceAsync(100);
      expect(await result).toMatchObject(timedOut);
      expect(slots.snapshot()).toMatchObject({ inFlight, lateInFlight: 1 });
      work.resolve('');
      await clock.advanceAsync(0);
      expect(slots.snapshot()).toMatchObject({ inFlight: 0, lateInFlight: 0 });
    },
  );
});

describe('deadline over bulkhead', () => {
  test('ends the wait when it passes', async () => {
    const { clock, slots } = rigOf();
    void slots.execute(hang);
    const policy = pipeline(deadline({ deadlineMs: 300, clock }), slots);
    let settledAt: number | undefined;
    const result = policy.attempt(hang).finally(() => (settledAt = clock.now()));
    await clock.advanceAsync(1_000);
    expect(await result).toMatchObject({ rejection: { code: 'HF_DEADLINE_EXCEEDED' } });
    expect(settledAt).toBe(300);
    expect(slots.snapshot().waiting).toBe(0);
  });
});

describe('breaker over bulkhead', () => {
  test.for([
    { what: 'a full queue', options: { queue: 0 }, run: {} },
    { what: 'a wait that was too long', options: { maxWaitMs: 5_000 }, run: {} },
    {
      what: 'a deadline that passed in the queue',
      options: { maxWaitMs: 9_000 },
      run: { deadline: 5_000 },
    },
    { what: 'a deadline that had passed before', options: {}, run: { deadline: 0 } },
    {
      what: 'the caller’s timeout in the queue',
      options: { maxWaitMs: 9_000 },
      run: { signal: 'timeout' },
    },
  ])('is not told of $what: the dependency was not asked', async ({ options, run }) => {
    const { clock, slots, breaker } = rigOf(options);
    void slots.execute(hang);
    const caller = new AbortController();
    clock.setTimer(() => caller.abort(new DOMException('late', 'TimeoutError')), 5_000);
    const waiting = recorded(hang);
    const result = pipeline(breaker, slots).attempt(waiting.call, {
      ...run,
      signal: 'signal' in run ? caller.signal : undefined,
    });
    await clock.advanceAsync(5_000);
    expect((await result).ok).toBe(false);
    expect(waiting.contexts).toHaveLength(0);
    const { state, counters } = breaker.snapshot();
    expect({ state, counters }).toMatchObject({
      state: 'CLOSED',
      counters: { ignored: 1, failures: 0 },
    });
  });

  test('does not wait for a caller that a listener of the breaker had give up', async () => {
    const { clock, slots, breaker } = rigOf();
    void slots.execute(hang);
    const caller = new AbortController();
    breaker.open(10);
    clock.advance(10);
    breaker.on('transition', () => caller.abort(boom));
    const result = pipeline(breaker, slots).attempt(hang, { signal: caller.signal });
    expect(slots.snapshot()).toMatchObject({ waiting: 0, aborted: 1 });
    expect(await result).toEqual({ ok: false, error: boom });
  });

  test('is told of what the dependency says after a wait', async () => {
    const { slots, breaker } = rigOf();
    const first = deaf();
    void slots.execute(first.call);
    const result = pipeline(breaker, slots).attempt(() => Promise.reject(boom));
    first.resolve('');
    expect(await result).toEqual({ ok: false, error: boom });
    expect(breaker.state).toBe('OPEN');
  });
});

describe('bulkhead over a user’s own policy', () => {
  test('waits and gives back as over any other', async () => {
    const { slots } = rigOf();
    const policy = pipeline(slots, userPolicy(), timeout({ timeoutMs: 10_000 }));
    const first = deaf();
    const results = [policy.execute(first.call), policy.execute(() => 'second')];
    expect(slots.snapshot()).toMatchObject({ inFlight: 1, waiting: 1 });
    first.resolve('first');
    expect(await Promise.all(results)).toEqual(['first', 'second']);
    expect(slots.snapshot()).toMatchObject({ inFlight: 0, waiting: 0 });
  });
});

describe('one bulkhead in several stacks', () => {
  test('counts the calls of all', async () => {
    const { slots, clock } = rigOf({ concurrency: 2, queue: 0 });
    const other = pipeline(timeout({ timeoutMs: 1_000, clock }), slots);
    void slots.execute(hang);
    void pipeline(slots).attempt(untilAborted);
    expect(await other.attempt(hang)).toMatchObject({ rejection: { code: 'HF_BULKHEAD_FULL' } });
    expect(slots.snapshot().inFlight).toBe(2);
  });
});
