import { describe, expect, test } from 'vitest';
import { bulkhead, pipeline, retry, timeout } from '../../src/index.ts';
import { hang } from '../support/calls.ts';
import { answer, benchOf } from './bench.ts';

const boom = new Error('boom');

describe('stacked', () => {
  test('rate limit over bulkhead: a call that finds no room inside gives its units back', async () => {
    const { policy, clock } = benchOf();
    const stack = pipeline(policy, bulkhead({ concurrency: 1, clock }));
    const caller = new AbortController();
    const running = stack.attempt(hang, { signal: caller.signal });
    for (let call = 0; call < 5; call++) {
      expect(await stack.attempt(answer)).toMatchObject({
        rejection: { code: 'HF_BULKHEAD_FULL' },
      });
    }
    expect(policy.take({ cost: 0 })).toMatchObject({ remaining: 1 });
    expect(policy.snapshot()).toMatchObject({ admitted: 6, unsent: 5 });
    caller.abort(boom);
    void running;
  });

  test('rate limit over bulkhead: units given back go to whoever waits', async () => {
    const { policy, clock } = benchOf({ burst: 1, maxWaitMs: 5_000 });
    const full = bulkhead({ concurrency: 1, queue: 1, clock, maxWaitMs: 60_000 });
    void full.attempt(hang);
    const stack = pipeline(policy, full);
    const caller = new AbortController();
    const queued = stack.attempt(answer, { signal: caller.signal });
    const waiting = policy.execute(answer);
    caller.abort(boom);
    expect(await queued).toMatchObject({ error: boom });
    expect(await waiting).toBe('answer');
    expect(clock.now()).toBe(0);
  });

  test('timeout over rate limit: the timeout ends a wait', async () => {
    const { policy, clock } = benchOf({ burst: 1, maxWaitMs: 5_000 });
    policy.take();
    const stack = pipeline(timeout({ timeoutMs: 300, clock }), policy);
    const waiting = stack.attempt(answer);
    await clock.advanceAsync(300);
    expect(await waiting).toMatchObject({ rejection: { code: 'HF_TIMEOUT' } });
    expect(policy.snapshot()).toMatchObject({ aborted: 1, waiting: 0 });
    await clock.advanceAsync(700);
    expect(policy.take({ cost: 0 })).toMatchObject({ remaining: 1 });
  });

  test('rate limit: a caller who gives up as it is let in gets its units back', async () => {
    const { policy, clock } = benchOf({ burst: 1, maxWaitMs: 5_000 });
    policy.take();
    const caller = new AbortController();
    const waiting = policy.attempt(answer, { signal: caller.signal });
    clock.advance(1_000);
    caller.abort(boom);
    expect(await waiting).toMatchObject({ error: boom });
    expect(policy.snapshot()).toMatchObject({ admitted: 2, unsent: 1, aborted: 0 });
    expect(policy.take({ cost: 0 })).toMatchObject({ remaining: 1 });
  });

  test('retry over rate limit: a refusal is not tried again', async () => {
    const { policy, clock } = benchOf({ burst: 1 });
    policy.take();
    const result = await pipeline(retry({ attempts: 5, clock }), policy).attempt(answer);
    expect(result).toMatchObject({ rejection: { code: 'HF_RATE_LIMITED' } });
    expect(policy.snapshot()).toMatchObject({ refused: 1 });
  });

  test('retry over rate limit: each attempt is counted', async () => {
    const { policy } = benchOf({ burst: 3 });
    const stack = pipeline(retry({ attempts: 3, backoff: () => 0 }), policy);
    await expect(stack.execute(() => Promise.reject(boom))).rejects.toBe(boom);
    expect(policy.take({ cost: 0 })).toMatchObject({ remaining: 0 });
  });
});
