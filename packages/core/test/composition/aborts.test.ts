import { describe, expect, test } from 'vitest';
import { fallback, pipeline, retryBudget } from '../../src/index.ts';
import { admitted } from '../support/breaker.ts';
import { hang, untilAborted } from '../support/calls.ts';
import { boom, expectNothingLeft, gone, Kit, rejectedWith, wholeOf, type Whole } from './kit.ts';

/** What every policy says when a call has come and gone without being sent. */
const expectUntouched = ({ breaker, limit, slots }: Whole): void => {
  expect(breaker.snapshot()).toMatchObject({ state: 'CLOSED', inFlight: 0, waiting: 0 });
  expect(breaker.snapshot().counters).toMatchObject({ successes: 0, failures: 0 });
  expect(limit.snapshot().waiting).toBe(0);
  expect(slots.snapshot()).toMatchObject({ inFlight: 0, waiting: 0, lateInFlight: 0 });
};

const given = { ok: false, error: gone };

describe('deadline → retry → breaker → rate limit → bulkhead → timeout: an abort', () => {
  test('before the call is heard of by nobody', async () => {
    const kit = new Kit();
    const whole = wholeOf(kit);
    const { result, contexts } = kit.begin(whole.stack, () => 'answer', {
      signal: AbortSignal.abort(gone),
    });
    expect(await result).toEqual(given);
    expect(contexts).toHaveLength(0);
    expectUntouched(whole);
    expect(whole.breaker.snapshot().counters.admitted).toBe(0);
    expect(whole.limit.snapshot().admitted).toBe(0);
    expect(whole.slots.snapshot().admitted).toBe(0);
    await expectNothingLeft(kit);
  });

  test('while the call waits for a probe leaves the line', async () => {
    const kit = new Kit();
    const whole = wholeOf(kit, { breaker: { halfOpen: { overflow: { waitMs: 500, max: 1 } } } });
    whole.breaker.open(10);
    await kit.clock.advanceAsync(10);
    const probe = admitted(whole.breaker.tryAcquire());
    const { result, contexts, caller } = kit.begin(whole.stack, () => 'answer');
    await kit.clock.advanceAsync(50);
    expect(whole.breaker.snapshot().waiting).toBe(1);
    caller.abort(gone);
    expect(whole.breaker.snapshot().waiting).toBe(0);
    expect(await result).toEqual(given);
    expect(contexts).toHaveLength(0);
    probe.ignore();
    await expectNothingLeft(kit);
  });

  test('while the call waits for the rate leaves the line, and the next has the turn', async () => {
    const kit = new Kit();
    const whole = wholeOf(kit, { limit: { rate: 1, burst: 1, maxWaitMs: 1_500 } });
    whole.limit.take();
    const first = kit.begin(whole.stack, () => 'first');
    await kit.clock.advanceAsync(600);
    expect(whole.limit.snapshot().waiting).toBe(1);
    first.caller.abort(gone);
    expect(await first.result).toEqual(given);
    expectUntouched(whole);
    const second = kit.begin(whole.stack, () => 'second');
    await kit.clock.advanceAsync(400);
    expect(await second.result).toEqual({ ok: true, value: 'second' });
    expect(first.contexts).toHaveLength(0);
    await expectNothingLeft(kit);
  });

  test('in the queue of the bulkhead leaves it, and gives the rate its unit back', async () => {
    const kit = new Kit();
    const whole = wholeOf(kit, {
      limit: { rate: 1, burst: 1 },
      slots: { concurrency: 1, queue: 1 },
    });
    const slot = whole.slots.tryAcquire();
    const { result, contexts, caller } = kit.begin(whole.stack, () => 'answer');
    await kit.clock.advanceAsync(50);
    expect(whole.slots.snapshot()).toMatchObject({ inFlight: 1, waiting: 1 });
    caller.abort(gone);
    expect(await result).toEqual(given);
    expect(contexts).toHaveLength(0);
    expect(whole.slots.snapshot()).toMatchObject({ inFlight: 1, waiting: 0 });
    expect(whole.limit.snapshot()).toMatchObject({ admitted: 1, unsent: 1 });
    expect(whole.limit.take().admitted).toBe(true);
    if (slot.admitted) slot.release();
    expectUntouched(whole);
    await expectNothingLeft(kit);
  });

  test('in the tick in which the queue lets the call in gives the slot to the next', async () => {
    const kit = new Kit();
    const whole = wholeOf(kit, { slots: { concurrency: 1, queue: 2 } });
    const slot = whole.slots.tryAcquire();
    const first = kit.begin(whole.stack, () => 'first');
    const second = kit.begin(whole.stack, () => 'second');
    await kit.clock.advanceAsync(50);
    if (slot.admitted) slot.release();
    first.caller.abort(gone);
    expect(await first.result).toEqual(given);
    expect(await second.result).toEqual({ ok: true, value: 'second' });
    expect(first.contexts).toHaveLength(0);
    expect(whole.breaker.snapshot().counters).toMatchObject({
      successes: 1,
      failures: 0,
      ignored: 1,
    });
    await expectNothingLeft(kit);
  });

  test('in flight reaches the call, and says nothing about the dependency', async () => {
    const kit = new Kit();
    const whole = wholeOf(kit);
    const { result, contexts, caller } = kit.begin(whole.stack, untilAborted);
    await kit.clock.advanceAsync(50);
    caller.abort(gone);
    expect(await result).toEqual(given);
    expect(contexts).toHaveLength(1);
    expectUntouched(whole);
    expect(whole.breaker.snapshot().counters.ignored).toBe(1);
    await expectNothingLeft(kit);
  });

  test('that the call ignores leaves it what it answers in time', async () => {
    const kit = new Kit();
    const whole = wholeOf(kit);
    const { promise, resolve } = Promise.withResolvers<string>();
    const { result, caller } = kit.begin(whole.stack, () => promise);
    await kit.clock.advanceAsync(50);
    caller.abort(gone);
    await kit.clock.advanceAsync(49);
    resolve('answer');
    expect(await result).toEqual({ ok: true, value: 'answer' });
    await expectNothingLeft(kit);
  });

  test('that the call ignores for good leaves it to the timeout, and is not retried', async () => {
    const kit = new Kit();
    const whole = wholeOf(kit);
    const { result, contexts, caller, startedAt } = kit.begin(whole.stack, hang);
    await kit.clock.advanceAsync(50);
    caller.abort(gone);
    await kit.clock.advanceAsync(50);
    expect(await result).toMatchObject(rejectedWith('HF_TIMEOUT'));
    expect(contexts).toHaveLength(1);
    expect(startedAt).toEqual([0]);
    expect(whole.breaker.snapshot().counters).toMatchObject({ failures: 0, ignored: 1 });
    expect(whole.slots.snapshot()).toMatchObject({ inFlight: 0, lateInFlight: 1 });
    await expectNothingLeft(kit);
  });

  test('between two attempts ends the sleep at once', async () => {
    const kit = new Kit();
    const whole = wholeOf(kit);
    const begun = kit.begin(whole.stack, () => Promise.reject(boom));
    await kit.clock.advanceAsync(30);
    begun.caller.abort(gone);
    expect(await begun.result).toEqual(given);
    expect(begun.settledAt).toBe(30);
    expect(begun.contexts).toHaveLength(1);
    expect(whole.breaker.snapshot()).toMatchObject({ inFlight: 0, counters: { failures: 1 } });
    await expectNothingLeft(kit);
  });

  test('in the tick in which the sleep is over has no attempt begin', async () => {
    const kit = new Kit();
    const whole = wholeOf(kit);
    const { result, contexts, caller } = kit.begin(whole.stack, () => Promise.reject(boom));
    await kit.clock.advanceAsync(50);
    kit.clock.advance(50);
    caller.abort(gone);
    expect(await result).toEqual(given);
    expect(contexts).toHaveLength(1);
    expect(whole.breaker.snapshot().counters.admitted).toBe(1);
    await expectNothingLeft(kit);
  });

  test('in the queue of a later attempt leaves it', async () => {
    const kit = new Kit();
    const whole = wholeOf(kit, { slots: { concurrency: 1, queue: 1 } });
    const { result, contexts, caller } = kit.begin(whole.stack, () => Promise.reject(boom));
    await kit.clock.advanceAsync(50);
    const slot = whole.slots.tryAcquire();
    await kit.clock.advanceAsync(100);
    expect(whole.slots.snapshot().waiting).toBe(1);
    caller.abort(gone);
    expect(await result).toEqual(given);
    expect(contexts).toHaveLength(1);
    if (slot.admitted) slot.release();
    expect(whole.slots.snapshot()).toMatchObject({ inFlight: 0, waiting: 0, admitted: 2 });
    await expectNothingLeft(kit);
  });

  test('in a later attempt reaches that one', async () => {
    const kit = new Kit();
    const whole = wholeOf(kit);
    const { result, contexts, caller } = kit.begin(whole.stack, (context) => {
      if (context.attempt === 1) throw boom;
      return untilAborted(context);
    });
    await kit.clock.advanceAsync(150);
    caller.abort(gone);
    expect(await result).toEqual(given);
    expect(contexts.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(contexts[1]?.signal.reason).toBe(gone);
    await expectNothingLeft(kit);
  });

  test('in a later attempt that fails of itself leaves its error, and the budget what it has', async () => {
    const kit = new Kit();
    const budget = retryBudget({ clock: kit.clock, ratio: 0, floorPerSecond: 1 });
    const whole = wholeOf(kit, { retry: { budget } });
    const { promise, reject } = Promise.withResolvers<string>();
    const { result, contexts, caller } = kit.begin(whole.stack, ({ attempt }) => {
      if (attempt === 1) throw boom;
      return promise;
    });
    await kit.clock.advanceAsync(150);
    caller.abort(gone);
    const other = new Error('another');
    reject(other);
    expect(await result).toEqual({ ok: false, error: other });
    expect(contexts).toHaveLength(2);
    expect(budget.snapshot()).toMatchObject({ granted: 1, refused: 0 });
    await expectNothingLeft(kit);
  });

  test.each(['before', 'after'])(
    'in the tick of a failure, just %s it, makes it the last',
    async (order) => {
      const kit = new Kit();
      const whole = wholeOf(kit);
      const { promise, reject } = Promise.withResolvers<string>();
      const { result, contexts, caller } = kit.begin(whole.stack, () => promise);
      await kit.clock.advanceAsync(50);
      if (order === 'before') caller.abort(gone);
      reject(boom);
      if (order === 'after') caller.abort(gone);
      expect(await result).toEqual({ ok: false, error: boom });
      expect(contexts).toHaveLength(1);
      await expectNothingLeft(kit);
    },
  );

  test('in the tick of the timeout leaves its error, and one attempt', async () => {
    const kit = new Kit();
    const whole = wholeOf(kit);
    const { result, contexts, caller } = kit.begin(whole.stack, hang);
    kit.clock.advance(100);
    caller.abort(gone);
    expect(await result).toMatchObject({ ok: false });
    await kit.clock.advanceAsync(1_000);
    expect(contexts).toHaveLength(1);
    await expectNothingLeft(kit);
  });
});

describe('fallback → retry → timeout: an abort', () => {
  test('while the fallback makes its answer reaches it', async () => {
    const kit = new Kit();
    const reasons: unknown[] = [];
    const instead = fallback({
      to: async (_error, context) => {
        await untilAborted(context).catch((reason: unknown) => reasons.push(reason));
        return 'given up';
      },
    });
    const stack = pipeline(instead, kit.retry({ attempts: 2 }), kit.timeout(100));
    const { result, contexts, caller } = kit.begin(stack, () => Promise.reject(boom));
    await kit.clock.advanceAsync(150);
    expect(contexts).toHaveLength(2);
    caller.abort(gone);
    expect(await result).toEqual({ ok: true, value: 'given up' });
    expect(reasons).toEqual([gone]);
    await expectNothingLeft(kit);
  });

  test('in flight, between attempts or in the queue has no answer made', async () => {
    const kit = new Kit();
    const answers: unknown[] = [];
    const instead = fallback({ to: (error) => answers.push(error) });
    const slots = kit.bulkhead({ queue: 1 });
    const stack = pipeline(instead, kit.retry(), slots, kit.timeout(1_000));
    const flying = kit.begin(stack, untilAborted);
    const queued = kit.begin(stack, hang);
    await kit.clock.advanceAsync(50);
    queued.caller.abort(gone);
    flying.caller.abort(gone);
    const asleep = kit.begin(stack, () => Promise.reject(boom));
    await kit.clock.advanceAsync(50);
    asleep.caller.abort(gone);
    for (const { result } of [flying, queued, asleep]) expect(await result).toEqual(given);
    expect(answers).toEqual([]);
    await expectNothingLeft(kit);
  });
});
