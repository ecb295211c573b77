import * as core from '@holdfast/core';
import { virtualClock } from '@holdfast/core/testing';
import { expect, test } from 'vitest';

// The policies of the page, on a clock that waits for nobody.
const clock = virtualClock();
const retry = (options: core.RetryOptions) => core.retry({ clock, ...options });
const retryBudget = (options: core.RetryBudgetOptions) => core.retryBudget({ clock, ...options });

class HttpError extends Error {
  readonly status: number;
  readonly retryAfter: string | undefined;

  constructor(status: number, retryAfter?: string) {
    super(`HTTP ${status}`);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

test('a call that fails now and then is tried again', async () => {
  const seen: number[] = [];
  const loadPrice = (item: string, _signal: AbortSignal): Promise<string> =>
    seen.length < 3 ? Promise.reject(new HttpError(503)) : Promise.resolve(`${item}: 5`);

  const again = retry({
    attempts: 3,
    backoff: { baseMs: 50, maxMs: 1_000 },
    when: (error) => error instanceof HttpError && error.status >= 500,
  });

  const price = again.wrap.withContext(({ signal, attempt }, item: string) => {
    seen.push(attempt);
    return loadPrice(item, signal);
  });

  const result = price('tea');
  await clock.advanceAsync(10_000);
  expect(await result).toBe('tea: 5');
  expect(seen).toEqual([1, 2, 3]);
});

test('a dependency is left alone for as long as it asks', async () => {
  const delays: number[] = [];

  const polite = retry({
    delay: (error) => (error instanceof HttpError ? error.retryAfter : undefined),
    maxRetryAfterMs: 10_000,
  });
  polite.on('retry', ({ delayMs }) => void delays.push(delayMs));

  const patient = polite.attempt(() => Promise.reject(new HttpError(503, '5')));
  await clock.advanceAsync(60_000);
  await patient;
  expect(delays).toHaveLength(2);
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(5_000);
  expect(Math.max(...delays)).toBeLessThanOrEqual(5_500);

  const hopeless = new HttpError(503, 'Sun, 06 Nov 2094 08:49:37 GMT');
  await expect(polite.execute(() => Promise.reject(hopeless))).rejects.toBe(hopeless);
});

test('a result may be worth another attempt as well', async () => {
  let calls = 0;
  const startJob = (): { status: number } => ({ status: ++calls < 3 ? 202 : 200 });

  const job = retry({
    attempts: 10,
    backoff: { kind: 'constant', baseMs: 500, jitter: 0.2 },
    whenResult: (result) => (result as { status: number }).status === 202,
    maxElapsedMs: 20_000,
  });

  const result = job.execute(startJob);
  await clock.advanceAsync(20_000);
  expect(await result).toEqual({ status: 200 });
  expect(calls).toBe(3);
});

test('clients of one dependency share a budget', async () => {
  const budget = retryBudget({ ratio: 0.2, floorPerSecond: 3, spanMs: 10_000 });
  const search = retry({ name: 'search', budget });
  const suggest = retry({ name: 'suggest', attempts: 2, budget });

  await search.execute(() => 'found');
  await suggest.execute(() => 'found');
  expect(budget.snapshot().credit).toBeGreaterThan(30);
});

test('an alarm hears of a budget that is spent', async () => {
  const log: string[] = [];
  const budget = retryBudget({ floorPerSecond: 0 });
  const policy = retry({ name: 'search', budget });

  using listening = policy.on('overBudget', ({ name, attempt }) => {
    log.push(`${name}: no further attempt after ${attempt}, the budget is spent`);
  });

  await policy.attempt(() => Promise.reject(new HttpError(503)));
  expect(log).toEqual(['search: no further attempt after 1, the budget is spent']);
  listening[Symbol.dispose]();
});
