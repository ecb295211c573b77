import {
  bulkhead,
  circuitBreaker,
  deadline,
  fallback,
  pipeline,
  rateLimit,
  retry,
  retryBudget,
  standardPipeline,
  timeout,
} from '@holdfast/core';
import { expect, expectTypeOf, test } from 'vitest';

interface Stock {
  readonly left: number;
}

const loadStock = (_signal: AbortSignal): Promise<Stock> => Promise.resolve({ left: 3 });
const loadStockFromReplica = loadStock;

test('the standard pipeline', async () => {
  const stock = standardPipeline({
    name: 'stock',
    deadline: { deadlineMs: 2_000 },
    retry: { attempts: 3 },
    breaker: { open: { baseMs: 1_000 } },
    bulkhead: { concurrency: 50, queue: 20, maxWaitMs: 200 },
    timeout: { timeoutMs: 500 },
  });

  const answer = await stock.execute(({ signal }) => loadStock(signal));
  const state = stock.policies.breaker?.state;

  expect(answer).toEqual({ left: 3 });
  expect(state).toBe('CLOSED');
});

test('the same by hand, with a fallback and a budget that clients share', async () => {
  const budget = retryBudget();

  const stock = pipeline(
    fallback({ value: undefined }),
    deadline({ deadlineMs: 2_000 }),
    retry({ attempts: 3, budget }),
    circuitBreaker({ name: 'stock' }),
    rateLimit({ rate: 200, burst: 50 }),
    bulkhead({ concurrency: 50, queue: 20, maxWaitMs: 200 }),
    timeout({ timeoutMs: 500 }),
  );

  const answer = await stock.execute(({ signal }) => loadStock(signal));

  expectTypeOf(answer).toEqualTypeOf<Stock | undefined>();
  expect(answer).toEqual({ left: 3 });
});

test('a fallback under a policy of its own', async () => {
  const replica = circuitBreaker({ name: 'stock replica' });

  const stock = pipeline(
    fallback({ to: (_error, { signal }) => loadStockFromReplica(signal), policy: replica }),
    circuitBreaker({ name: 'stock' }),
    timeout({ timeoutMs: 500 }),
  );

  const answer = await stock.execute(() => Promise.reject<Stock>(new Error('down')));
  expect(answer).toEqual({ left: 3 });
  expect(replica.snapshot().counters.successes).toBe(1);
});

test('what a pipeline is made of can be asserted', () => {
  const stock = standardPipeline({ name: 'stock', timeout: { timeoutMs: 500 } });

  const order = stock.describe().map(({ policy }) => policy);

  expect(order).toEqual(['deadline', 'retry', 'circuit-breaker', 'bulkhead', 'timeout']);
});
