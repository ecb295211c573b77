import { describe, expect, test, vi } from 'vitest';
import { CHANNELS } from '../../src/index.ts';
import { messagesOn } from '../support/channel-messages.ts';
import { answer, benchOf } from './bench.ts';

const boom = new Error('boom');

describe('what a rate limit tells', () => {
  test('an event for each refusal, at once or after a wait, without the key', async () => {
    const { policy, clock, events } = benchOf({ name: 'api', burst: 1, maxWaitMs: 1_000 });
    policy.take({ key: 'secret' });
    const calls = [1, 2, 3].map(() => policy.attempt(answer, { key: 'secret' }));
    policy.update({ rate: 0.5 });
    await clock.advanceAsync(1_000);
    policy.take({ key: 'secret', cost: 2 });
    const results = await Promise.all(calls);
    const event = { name: 'api', code: 'HF_RATE_LIMITED' };
    expect(events).toEqual([
      { ...event, retryAfterMs: 2_000 },
      { ...event, retryAfterMs: 2_000 },
      { ...event, retryAfterMs: 1_000 },
      { ...event, retryAfterMs: undefined },
    ]);
    expect(JSON.stringify([results, events, policy.snapshot()])).not.toContain('secret');
  });

  test('a message on the channel of limits', async () => {
    const messages = messagesOn(CHANNELS.limit);
    const { policy } = benchOf({ burst: 1 });
    policy.take();
    await policy.attempt(answer);
    expect(messages).toEqual([
      {
        ...{ type: 'refusal', policy: 'rate-limit', name: 'rate-limit' },
        ...{ code: 'HF_RATE_LIMITED', retryAfterMs: 1_000 },
      },
    ]);
  });

  test('a listener that throws or comes back with a call of its own changes nothing', async () => {
    using warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const { policy, clock } = benchOf({ burst: 1 });
    policy.take();
    const inner: Promise<unknown>[] = [];
    const listening = policy.on('refusal', () => {
      policy.reset();
      inner.push(policy.attempt(answer));
      throw boom;
    });
    expect(await policy.attempt(answer)).toMatchObject({ ok: false });
    expect(await Promise.all(inner)).toEqual([{ ok: true, value: 'answer' }]);
    listening[Symbol.dispose]();
    await clock.advanceAsync(0);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(policy.snapshot()).toMatchObject({ admitted: 2, refused: 1 });
  });

  test('a listener that disposes of the limit leaves nobody waiting', async () => {
    const { policy, clock } = benchOf({ burst: 1, maxWaitMs: 1_000 });
    policy.take();
    policy.on('refusal', () => policy[Symbol.dispose]());
    const calls = [1, 2].map(() => policy.attempt(answer));
    expect(await Promise.all(calls)).toMatchObject([
      { rejection: { code: 'HF_DISPOSED' } },
      { rejection: { code: 'HF_RATE_LIMITED' } },
    ]);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('dispose', () => {
  test('refuses those who wait and every later call, and leaves no timer', async () => {
    const { policy, clock, events } = benchOf({ burst: 1, maxWaitMs: 10_000 });
    for (const key of ['a', undefined]) policy.take({ key });
    const calls = ['a', 'a', undefined].map((key) => policy.attempt(answer, { key }));
    policy[Symbol.dispose]();
    policy[Symbol.dispose]();
    const disposed = { rejection: { code: 'HF_DISPOSED', retryAfterMs: undefined } };
    for (const result of await Promise.all(calls)) expect(result).toMatchObject(disposed);
    expect(await policy.attempt(answer, { key: 'new' })).toMatchObject(disposed);
    expect(policy.take({ key: 'new' })).toMatchObject({
      admitted: false,
      remaining: 0,
      ...disposed,
    });
    expect(clock.pendingTimers).toBe(0);
    expect(events).toEqual([]);
    expect(policy.snapshot()).toMatchObject({ waiting: 0, refused: 5, keys: 0 });
  });
});
