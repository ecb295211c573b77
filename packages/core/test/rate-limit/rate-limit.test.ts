import { describe, expect, test, vi } from 'vitest';
import { isRefusal, pipeline, retry } from '../../src/index.ts';
import { describePolicy } from '../../src/pipeline/stage.ts';
import { listenersOn, recorded } from '../support/calls.ts';
import { answer, benchOf } from './bench.ts';

const boom = new Error('boom');

describe('a rate limit', () => {
  test('lets a burst through, then what comes back', async () => {
    const { policy, clock } = benchOf();
    const { contexts, call } = recorded(answer);
    expect(await policy.execute(call)).toBe('answer');
    await policy.execute(call);
    const refused = await policy.attempt(call);
    expect(refused).toMatchObject({ rejection: { code: 'HF_RATE_LIMITED', retryAfterMs: 1_000 } });
    expect(!refused.ok && refused.rejection?.message).toBe(
      'rate limit "rate-limit" is used up; retry in 1000 ms',
    );
    expect(!refused.ok && isRefusal(refused.error)).toBe(true);
    expect(contexts).toHaveLength(2);
    await clock.advanceAsync(999);
    expect(await policy.attempt(call)).toMatchObject({ rejection: { retryAfterMs: 1 } });
    await clock.advanceAsync(1);
    expect(await policy.execute(call)).toBe('answer');
    expect(policy.snapshot()).toEqual({
      ...{ name: 'rate-limit', keys: 0, waiting: 0 },
      ...{ admitted: 3, refused: 2, aborted: 0, unsent: 0, evicted: 0 },
    });
  });

  test('holds a quota in every window', async () => {
    const { policy, clock } = benchOf({ quota: 2, windowMs: 1_000 });
    await policy.execute(answer);
    await clock.advanceAsync(500);
    await policy.execute(answer);
    expect(await policy.attempt(answer)).toMatchObject({ rejection: { retryAfterMs: 500 } });
    await clock.advanceAsync(500);
    expect(await policy.execute(answer)).toBe('answer');
    expect(await policy.attempt(answer)).toMatchObject({ rejection: { retryAfterMs: 500 } });
  });

  test('counts each key by itself, and calls without one together', async () => {
    const { policy } = benchOf({ burst: 1 });
    for (const key of ['a', 'b', '', undefined]) {
      expect(await policy.attempt(answer, { key })).toMatchObject({ ok: true });
      expect(await policy.attempt(answer, { key })).toMatchObject({ ok: false });
    }
    expect(policy.snapshot()).toMatchObject({ keys: 3, admitted: 4, refused: 4 });
  });

  test('hands on the call’s own promise where it stands alone', async () => {
    const { policy } = benchOf();
    const promise = Promise.resolve(1);
    expect(policy.execute(() => promise)).toBe(promise);
    await expect(policy.execute(() => Promise.reject(boom))).rejects.toBe(boom);
  });

  test('counts a call that fails like any other', async () => {
    const { policy } = benchOf();
    for (let call = 0; call < 2; call++) {
      await policy.attempt(() => {
        throw boom;
      });
    }
    expect(await policy.attempt(answer)).toMatchObject({ rejection: { code: 'HF_RATE_LIMITED' } });
    const inStack = pipeline(benchOf({ burst: 1 }).policy);
    await inStack.attempt(() => Promise.reject(boom));
    expect(await inStack.attempt(answer)).toMatchObject({ rejection: { code: 'HF_RATE_LIMITED' } });
  });

  test('sets no timer and leaves no listener while nobody waits', async () => {
    const { policy, clock } = benchOf();
    const { signal } = new AbortController();
    for (let call = 0; call < 5; call++) await policy.attempt(answer, { signal, key: `k${call}` });
    expect(clock.timersMade).toBe(0);
    expect(listenersOn(signal)).toBe(0);
  });

  test('says what it is and how it is set', () => {
    const cost = (): number => 1;
    expect(describePolicy(benchOf({ name: 'api', cost }).policy)).toEqual([
      {
        policy: 'rate-limit',
        name: 'api',
        options: { rate: 1, burst: 2, maxWaitMs: 0, maxWaiting: 1_000, maxKeys: 100_000, cost },
      },
    ]);
    const [daily] = describePolicy(benchOf({ quota: 5, windowMs: 1_000 }).policy);
    expect(daily?.options).toEqual({
      ...{ quota: 5, windowMs: 1_000, maxWaitMs: 0, maxWaiting: 1_000, maxKeys: 100_000, cost: 1 },
    });
  });
});

describe('take', () => {
  test('answers with a value, and tells what is left and when all is back', () => {
    const { policy, clock } = benchOf({ rate: 10, burst: 5 });
    expect(policy.take({ key: 'a' })).toEqual({
      ...{ admitted: true, remaining: 4, moreMs: 100, resetMs: 100 },
    });
    expect(policy.take({ key: 'a', cost: 3 })).toEqual({
      ...{ admitted: true, remaining: 1, moreMs: 100, resetMs: 400 },
    });
    const turned = policy.take({ key: 'a', cost: 3 });
    expect(turned).toMatchObject({
      ...{ admitted: false, remaining: 1, retryAfterMs: 200, resetMs: 400 },
      rejection: { code: 'HF_RATE_LIMITED', retryAfterMs: 200 },
    });
    expect(policy.take()).toMatchObject({ admitted: true, remaining: 4 });
    clock.advance(1_000);
    expect(policy.take({ key: 'a', cost: 0 })).toEqual({
      admitted: true,
      remaining: 5,
      moreMs: 0,
      resetMs: 0,
    });
    expect(policy.snapshot()).toMatchObject({ admitted: 3, refused: 1, keys: 1 });
  });

  test('tells the same of a quota', () => {
    const { policy, clock } = benchOf({ quota: 5, windowMs: 1_000 });
    expect(policy.take({ cost: 0 })).toMatchObject({ remaining: 5, moreMs: 0, resetMs: 0 });
    expect(policy.take({ cost: 2 })).toMatchObject({
      ...{ remaining: 3, moreMs: 1_000, resetMs: 1_000 },
    });
    clock.advance(400);
    expect(policy.take({ cost: 3 })).toMatchObject({
      ...{ remaining: 0, moreMs: 600, resetMs: 1_000 },
    });
    expect(policy.take()).toMatchObject({ admitted: false, remaining: 0, retryAfterMs: 600 });
    expect(policy.take({ cost: 3 })).toMatchObject({ retryAfterMs: 1_000, resetMs: 1_000 });
  });

  test('that costs 0 only looks', () => {
    const { policy } = benchOf();
    expect(policy.take({ key: 'a', cost: 0 })).toEqual({
      admitted: true,
      remaining: 2,
      moreMs: 0,
      resetMs: 0,
    });
    expect(policy.snapshot()).toMatchObject({ keys: 0, admitted: 0 });
  });

  test('never waits, and goes before nobody who does', async () => {
    const { policy, clock } = benchOf({ maxWaitMs: 10_000, cost: 2 });
    await policy.execute(answer);
    const waiting = policy.execute(answer);
    await clock.advanceAsync(1_000);
    expect(policy.take({ cost: 1 })).toMatchObject({
      ...{ admitted: false, remaining: 0, retryAfterMs: 2_000, resetMs: 1_000 },
    });
    await clock.advanceAsync(1_000);
    expect(await waiting).toBe('answer');
  });

  test('serves those who wait first when their timer is late', async () => {
    const { policy, clock } = benchOf({ maxWaitMs: 1_000, burst: 1 });
    policy.take();
    const waiting = policy.execute(answer);
    clock.stall(1_500);
    expect(policy.take()).toMatchObject({ admitted: false, retryAfterMs: 1_000 });
    expect(await waiting).toBe('answer');
  });

  test('uses the fixed cost, or 1 where the cost depends on a call', () => {
    expect(benchOf({ cost: 2 }).policy.take()).toMatchObject({ remaining: 0 });
    expect(benchOf({ cost: () => 2 }).policy.take()).toMatchObject({ remaining: 1 });
  });

  test.each([-1, 0.5, Number.NaN, Infinity, '1', null])('throws for a cost of %s', (cost) => {
    const { policy } = benchOf();
    expect(() => policy.take({ cost: cost as number })).toThrow(/^option "cost" is /);
    expect(policy.snapshot()).toMatchObject({ admitted: 0, refused: 0 });
  });

  test('of more than there ever is says so by telling no time', () => {
    expect(benchOf().policy.take({ cost: 3 })).toMatchObject({
      ...{ admitted: false, remaining: 2, retryAfterMs: undefined, resetMs: 0 },
    });
  });
});

describe('reset', () => {
  test('gives one key, or everybody, all units back', () => {
    const { policy } = benchOf();
    for (const key of ['a', 'b', undefined]) policy.take({ key, cost: 2 });
    policy.reset('a');
    expect(policy.take({ key: 'a', cost: 0 })).toMatchObject({ remaining: 2 });
    expect(policy.take({ key: 'b', cost: 0 })).toMatchObject({ remaining: 0 });
    policy.reset();
    expect(policy.take({ key: 'b', cost: 0 })).toMatchObject({ remaining: 2 });
    expect(policy.take({ cost: 0 })).toMatchObject({ remaining: 2 });
  });

  test('has those who wait served at once', async () => {
    const { policy, clock } = benchOf({ maxWaitMs: 10_000 });
    policy.take({ cost: 2 });
    const waiting = policy.execute(answer);
    policy.reset();
    expect(await waiting).toBe('answer');
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('the cost of a call', () => {
  test('may depend on the call', async () => {
    const { policy } = benchOf({ burst: 5, cost: ({ key }) => key?.length ?? 0 });
    expect(await policy.attempt(answer, { key: 'abc' })).toMatchObject({ ok: true });
    expect(await policy.attempt(answer, { key: 'abc' })).toMatchObject({
      rejection: { retryAfterMs: 1_000 },
    });
  });

  test('is asked once', async () => {
    const cost = vi.fn(() => 1);
    const { policy, clock } = benchOf({ burst: 1, maxWaitMs: 5_000, cost });
    const calls = [policy.execute(answer), policy.execute(answer)];
    await clock.advanceAsync(1_000);
    await Promise.all(calls);
    expect(cost).toHaveBeenCalledTimes(2);
  });

  test('may be 0: such a call uses nothing and passes those who wait', async () => {
    const { policy, clock } = benchOf({ cost: ({ priority }) => priority, maxWaitMs: 5_000 });
    policy.take({ cost: 2 });
    const waiting = policy.execute(answer, { priority: 1 });
    expect(await policy.execute(answer, { priority: 0 })).toBe('answer');
    expect(policy.snapshot()).toMatchObject({ waiting: 1 });
    await clock.advanceAsync(1_000);
    expect(await waiting).toBe('answer');
  });

  test('that is more than there ever is has the call refused, without a time', async () => {
    const { policy } = benchOf({ cost: () => 3, maxWaitMs: 100_000 });
    const refused = await policy.attempt(answer);
    expect(refused).toMatchObject({
      rejection: { code: 'HF_RATE_LIMITED', retryAfterMs: undefined },
    });
    expect(!refused.ok && refused.rejection?.message).toBe('rate limit "rate-limit" is used up');
  });

  test.each([-1, 0.5, Number.NaN, Infinity, '1', null, undefined])(
    'that comes out as %s fails that call alone',
    async (cost) => {
      const { policy } = benchOf({ cost: ({ key }) => (key === 'odd' ? (cost as number) : 1) });
      const { contexts, call } = recorded(answer);
      const failed = await policy.attempt(call, { key: 'odd' });
      expect(failed).toMatchObject({ ok: false, rejection: undefined });
      expect(!failed.ok && String(failed.error)).toContain('option "cost" is ');
      expect(contexts).toHaveLength(0);
      expect(await policy.execute(call)).toBe('answer');
      expect(policy.snapshot()).toMatchObject({ admitted: 1, refused: 0 });
    },
  );

  test('that cannot be told fails that call with what the function threw', async () => {
    const { policy } = benchOf({
      cost: () => {
        throw boom;
      },
    });
    await expect(policy.execute(answer)).rejects.toBe(boom);
    await expect(pipeline(retry({ attempts: 1 }), policy).execute(answer)).rejects.toBe(boom);
  });

  test('may be asked of a limit that is disposed by the question', async () => {
    const { policy } = benchOf({
      cost: () => {
        policy[Symbol.dispose]();
        return 1;
      },
    });
    expect(await policy.attempt(answer)).toMatchObject({ rejection: { code: 'HF_DISPOSED' } });
  });
});
