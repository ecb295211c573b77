import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RateLimitEnterOptions, RatePermit } from '../../src/rate-limit/types.ts';
import { listenersOn } from '../support/calls.ts';
import { benchOf } from './bench.ts';
import { Calls, doTo, Permits, step, type Answer, type Step } from './enter-sides.ts';

const boom = new Error('boom');

const admitted = (answer: Answer | Promise<Answer>): RatePermit => {
  if (answer instanceof Promise || !answer.admitted) throw new Error('no units at once');
  return answer;
};

describe('enter', () => {
  test('lets in, has wait, turns away, gives back, counts and tells as execute does', async () => {
    const limits = fc.oneof(
      fc.record({ rate: fc.constantFrom(1, 2), burst: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ quota: fc.integer({ min: 1, max: 3 }), windowMs: fc.constant(1_000) }),
    );
    const bounds = fc.record({
      maxWaitMs: fc.constantFrom(0, 800, 2_500),
      maxWaiting: fc.integer({ min: 1, max: 3 }),
    });
    const walks = fc.array(step, { maxLength: 40 });
    const property = fc.asyncProperty(limits, bounds, walks, async (limit, bound, walk) => {
      const calls = new Calls({ ...limit, ...bound });
      const permits = new Permits({ ...limit, ...bound });
      let stalled = false;
      for (const what of [...walk, { type: 'pass', ms: 5_000 } satisfies Step]) {
        await doTo(calls, what);
        await doTo(permits, what);
        expect(permits.seen).toEqual(calls.seen);
        const waits = permits.clients.at(-1)?.state === 'waits';
        // Just after a stall one that waits may be served within its own step, by units given back.
        const served = stalled && permits.lastWaits;
        expect(what.type !== 'ask' || permits.lastWaits === waits || served).toBe(true);
        stalled = what.type === 'stall';
      }
    });
    await fc.assert(property, { numRuns: 300 });
  });

  /** Options with a signal that is made when it is asked for. */
  const lazily = (rest: Omit<RateLimitEnterOptions, 'signal'> = {}) => {
    const caller = new AbortController();
    const asked = { times: 0 };
    const options: RateLimitEnterOptions = {
      ...rest,
      get signal() {
        asked.times++;
        return caller.signal;
      },
    };
    return { options, asked, caller };
  };

  test('reads the signal only where it waits, and once', async () => {
    const { policy, clock } = benchOf({ burst: 1, maxWaitMs: 1_500 });
    const { options, asked, caller } = lazily();
    admitted(policy.enter(options));
    const late = lazily({ deadline: 500 });
    expect(policy.enter(late.options)).toMatchObject({ admitted: false, retryAfterMs: 1_000 });
    expect([asked.times, late.asked.times]).toEqual([0, 0]);
    const waiting = policy.enter(options);
    expect(asked.times).toBe(1);
    expect(policy.enter(late.options)).toMatchObject({ admitted: false });
    expect(late.asked.times).toBe(0);
    caller.abort(boom);
    await expect(waiting).rejects.toBe(boom);
    expect(listenersOn(caller.signal)).toBe(0);
    expect(clock.pendingTimers).toBe(0);
    expect(policy.snapshot()).toMatchObject({ admitted: 1, refused: 2, aborted: 1, waiting: 0 });
  });

  test('says what is left of its key as it turns away, at once and after a wait', async () => {
    const { policy, clock, events } = benchOf({ burst: 1, maxWaitMs: 1_500 });
    const key = 'a';
    admitted(policy.enter({ key }));
    const waiting = policy.enter({ key });
    const turned = { admitted: false, remaining: 0, resetMs: 1_000, retryAfterMs: 2_000 };
    expect(policy.enter({ key })).toMatchObject(turned);
    policy.update({ rate: 0.1 });
    await clock.advanceAsync(1_500);
    expect(await waiting).toMatchObject({ ...turned, resetMs: 8_500, retryAfterMs: 8_500 });
    expect(events).toHaveLength(2);
  });

  test('tells at once whom a unit that is given back finds too late', async () => {
    const { policy, clock, events } = benchOf({ rate: 0.1, burst: 1, maxWaitMs: 25_000 });
    const permit = admitted(policy.enter());
    const answers = [policy.enter(), policy.enter()].map((answer) => Promise.resolve(answer));
    policy.update({ maxWaitMs: 1 });
    clock.stall(26_000);
    permit.giveBack();
    expect(events).toHaveLength(1);
    expect((await Promise.all(answers)).map((answer) => answer.admitted)).toEqual([true, false]);
  });

  test('takes as many units as it is told, or one where the cost is a function nobody asks', () => {
    const { policy } = benchOf({ burst: 5, cost: () => 5 });
    admitted(policy.enter());
    expect(policy.take({ cost: 0 })).toMatchObject({ remaining: 4 });
    const permit = admitted(policy.enter({ cost: 3 }));
    expect(policy.take({ cost: 0 })).toMatchObject({ remaining: 1 });
    permit.giveBack();
    expect(policy.take({ cost: 0 })).toMatchObject({ remaining: 4 });
    expect(policy.enter({ cost: 6 })).toMatchObject({ admitted: false, retryAfterMs: undefined });
  });

  test('lets what is free go before everybody, and there is nothing to give back', async () => {
    const { policy } = benchOf({ burst: 1, maxWaitMs: 10_000 });
    admitted(policy.enter());
    const waiting = policy.enter();
    const free = admitted(policy.enter({ cost: 0 }));
    free.giveBack();
    expect(policy.snapshot()).toMatchObject({ admitted: 2, unsent: 0, waiting: 1 });
    policy[Symbol.dispose]();
    const nothing = { rejection: { code: 'HF_DISPOSED' }, remaining: 0, resetMs: 0 };
    expect(await waiting).toMatchObject(nothing);
  });

  test('has those who wait served with what is given back', async () => {
    const { policy, clock } = benchOf({ burst: 1, maxWaitMs: 10_000 });
    const permit = admitted(policy.enter({ key: 'a' }));
    const waiting = policy.enter({ key: 'a' });
    permit.giveBack();
    expect(await waiting).toMatchObject({ admitted: true });
    expect(policy.snapshot()).toMatchObject({ admitted: 2, unsent: 1, waiting: 0 });
    expect(clock.pendingTimers).toBe(0);
  });

  test('is refused once disposed', () => {
    const { policy } = benchOf();
    policy[Symbol.dispose]();
    const turned = { rejection: { code: 'HF_DISPOSED' }, remaining: 0, resetMs: 0 };
    expect(policy.enter()).toMatchObject(turned);
    expect(policy.snapshot()).toMatchObject({ refused: 1 });
  });

  test.for<[unknown, typeof TypeError | typeof RangeError]>([
    [null, TypeError],
    [{ cost: -1 }, RangeError],
    [{ cost: 'all' }, TypeError],
    [{ deadline: Number.NaN }, TypeError],
    [{ signal: 'stop' }, TypeError],
    [{ signal: null }, TypeError],
  ])('throws nothing for wrong options where it has to wait: %o', async ([options, type]) => {
    const { policy, clock } = benchOf({ burst: 1, maxWaitMs: 10_000 });
    admitted(policy.enter());
    const enter = policy.enter as (options: unknown) => unknown;
    await expect(enter(options)).rejects.toBeInstanceOf(type);
    expect(policy.snapshot()).toMatchObject({ admitted: 1, waiting: 0, refused: 0 });
    expect(clock.pendingTimers).toBe(0);
  });

  test('does not wait for a caller who has given up already', async () => {
    const { policy } = benchOf({ burst: 1, maxWaitMs: 10_000 });
    admitted(policy.enter());
    await expect(policy.enter({ signal: AbortSignal.abort(boom) })).rejects.toBe(boom);
    expect(policy.snapshot()).toMatchObject({ waiting: 0 });
  });
});
