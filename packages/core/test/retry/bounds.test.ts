import { describe, expect, test } from 'vitest';
import {
  HoldfastError,
  pipeline,
  retry,
  type RetryBudget,
  type RetryEvents,
  type RetryOptions,
} from '../../src/index.ts';
import { recorded } from '../support/calls.ts';
import { RecordingClock } from '../support/recording-clock.ts';

const boom = new Error('boom');
const failing = (): Promise<string> => Promise.reject(boom);
const fixed = { baseMs: 100, factor: 1, jitter: 'none' } as const;
const spent: RetryBudget = {
  deposit: () => undefined,
  withdraw: () => false,
  snapshot: () => ({ credit: 0, granted: 0, refused: 0 }),
};

const rigOf = (options: RetryOptions = {}) => {
  const clock = new RecordingClock();
  const policy = retry({ clock, backoff: fixed, ...options });
  const retries: RetryEvents['retry'][] = [];
  const exhausted: RetryEvents['exhausted'][] = [];
  const overBudget: RetryEvents['overBudget'][] = [];
  policy.on('retry', (event) => void retries.push(event));
  policy.on('exhausted', (event) => void exhausted.push(event));
  policy.on('overBudget', (event) => void overBudget.push(event));
  return { clock, policy, retries, exhausted, overBudget };
};

describe('maxElapsedMs', () => {
  test.each([
    [301, 3],
    [300, 3],
    [201, 3],
    [200, 2],
    [101, 2],
    [100, 1],
    [0, 1],
  ])('of %i lets %i attempts begin', async (maxElapsedMs, attempts) => {
    const { policy, clock, exhausted } = rigOf({ maxElapsedMs });
    const { contexts, call } = recorded(failing);
    const result = policy.attempt(call);
    await clock.advanceAsync(10_000);
    expect(await result).toEqual({ ok: false, error: boom });
    expect(contexts).toHaveLength(attempts);
    expect(exhausted).toHaveLength(attempts === 3 ? 1 : 0);
  });

  test('counts from the first attempt of each call, its own time included', async () => {
    const { policy, clock } = rigOf({ maxElapsedMs: 300 });
    await clock.advanceAsync(5_000);
    const { contexts, call } = recorded(
      () => new Promise<never>((_, reject) => void clock.setTimer(() => reject(boom), 150)),
    );
    const result = policy.attempt(call);
    await clock.advanceAsync(10_000);
    expect(await result).toEqual({ ok: false, error: boom });
    expect(contexts).toHaveLength(2);
  });

  test('ends no attempt that runs', async () => {
    const { policy, clock } = rigOf({ maxElapsedMs: 100 });
    const result = policy.attempt(
      () => new Promise((resolve) => void clock.setTimer(() => resolve('late'), 5_000)),
    );
    await clock.advanceAsync(5_000);
    expect(await result).toEqual({ ok: true, value: 'late' });
  });
});

describe('what was turned away', () => {
  const codes = [
    'HF_CIRCUIT_OPEN',
    'HF_CIRCUIT_ISOLATED',
    'HF_PROBE_LIMIT',
    'HF_BULKHEAD_FULL',
    'HF_RATE_LIMITED',
    'HF_DISPOSED',
  ] as const;

  test.each(codes)('%s is never retried, whatever when says, and costs nothing', async (code) => {
    const asked: unknown[] = [];
    const { policy, clock } = rigOf({ when: (error) => asked.push(error) > 0, budget: spent });
    const refusal = new HoldfastError({ code, policy: 'inner', retryAfterMs: 5 });
    for (const error of [refusal, new TypeError('fetch failed', { cause: refusal })]) {
      const { contexts, call } = recorded(() => Promise.reject(error));
      const settled = await policy.attempt(call);
      expect(!settled.ok && settled.error).toBe(error);
      expect(contexts).toHaveLength(1);
    }
    expect(asked).toEqual([]);
    expect(clock.timersMade).toBe(0);
    expect(policy.snapshot()).toMatchObject({ retries: 0, exhausted: 0, overBudget: 0 });
  });

  test('in a later attempt ends the retry there', async () => {
    const { policy, clock, exhausted } = rigOf();
    const refusal = new HoldfastError({ code: 'HF_CIRCUIT_OPEN', policy: 'inner' });
    const { contexts, call } = recorded(({ attempt }) =>
      Promise.reject(attempt === 2 ? refusal : boom),
    );
    const result = policy.attempt(call);
    await clock.advanceAsync(10_000);
    expect(await result).toMatchObject({ ok: false, error: refusal });
    expect(contexts).toHaveLength(2);
    expect(exhausted).toEqual([]);
  });

  test.each(['HF_TIMEOUT', 'HF_DEADLINE_EXCEEDED', 'HF_HEDGE_LOST'] as const)(
    '%s was not: it is retried',
    async (code) => {
      const { policy, clock } = rigOf();
      const error = new HoldfastError({ code, policy: 'inner' });
      const { contexts, call } = recorded(() => Promise.reject(error));
      const result = policy.attempt(call);
      await clock.advanceAsync(10_000);
      expect(await result).toMatchObject({ ok: false, error });
      expect(contexts).toHaveLength(3);
    },
  );
});

describe('a budget that is spent', () => {
  test('ends the retry at once with the last error, untouched, and is no exhaustion', async () => {
    const { policy, clock, retries, exhausted, overBudget } = rigOf({ budget: spent });
    const { contexts, call } = recorded(failing);
    const settled = await policy.attempt(call);
    expect(!settled.ok && settled.error).toBe(boom);
    expect(contexts).toHaveLength(1);
    expect([retries, exhausted]).toEqual([[], []]);
    expect(overBudget).toEqual([{ name: 'retry', attempt: 1 }]);
    expect(policy.snapshot()).toMatchObject({ retries: 0, exhausted: 0, overBudget: 1 });
    expect(clock.timersMade).toBe(0);
  });

  test('is asked only when all else speaks for a further attempt', async () => {
    let asked = 0;
    const budget = { ...spent, withdraw: () => ++asked < 0 };
    const { policy, clock } = rigOf({ budget, when: () => false });
    await policy.attempt(failing);
    policy.update({ when: undefined });
    await policy.attempt(failing, { deadline: clock.now() + 100 });
    await policy.execute(() => 'answer');
    policy.update({ attempts: 1 });
    await policy.attempt(failing);
    expect(asked).toBe(0);
  });
});

describe('retry > retry', () => {
  test('what the outer one repeats is no first attempt for the inner one’s budget', async () => {
    const clock = new RecordingClock();
    let deposits = 0;
    const budget = { ...spent, deposit: () => void deposits++, withdraw: () => true };
    const one = () => retry({ clock, budget, attempts: 2, backoff: fixed });
    const { contexts, call } = recorded(failing);
    const result = pipeline(one(), one()).attempt(call);
    await clock.advanceAsync(10_000);
    await result;
    expect(contexts).toHaveLength(4);
    // One from each of the two retries, for the one first attempt.
    expect(deposits).toBe(2);
  });
});
