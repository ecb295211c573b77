import { circuitBreaker, fallback, isRefusal, pipeline, retry, timeout } from '@holdfast/core';
import { expect, test } from 'vitest';

interface Review {
  readonly text: string;
}

const noReviews: readonly Review[] = [];

test('a page goes without what is not needed', async () => {
  const loadReviews = (): Promise<readonly Review[]> => Promise.reject(new Error('no answer'));

  const reviews = fallback({ name: 'reviews', value: noReviews });

  const shown = await reviews.execute(() => loadReviews());

  expect(shown).toBe(noReviews);
  expect(reviews.snapshot()).toEqual({ name: 'reviews', answered: 1 });
});

test('a function may look at the error and answer from elsewhere', async () => {
  const cache = new Map([['tea', 5]]);
  const loadPrice = (_item: string): Promise<number> => Promise.reject(new Error('no answer'));

  const priceOf = (item: string): Promise<number | undefined> =>
    pipeline(
      fallback({ to: () => cache.get(item), when: () => cache.has(item) }),
      retry({ attempts: 2, backoff: { baseMs: 1 } }),
    ).execute(() => loadPrice(item));

  expect(await priceOf('tea')).toBe(5);
  await expect(priceOf('milk')).rejects.toThrow('no answer');
});

test('a second dependency is guarded as the first is', async () => {
  const askFirst = (_signal: AbortSignal): Promise<string> => Promise.reject(new Error('down'));
  const askSecond = (_signal: AbortSignal): Promise<string> => Promise.resolve('from the second');

  const second = pipeline(circuitBreaker({ name: 'second' }), timeout({ timeoutMs: 500 }));

  const search = pipeline(
    fallback({ to: (_error, { signal }) => askSecond(signal), policy: second }),
    circuitBreaker({ name: 'first' }),
    timeout({ timeoutMs: 500 }),
  );

  expect(await search.execute(({ signal }) => askFirst(signal))).toBe('from the second');
});

test('it may answer for refusals alone', async () => {
  const breaker = circuitBreaker({ name: 'menu' });
  const menu = pipeline(fallback({ value: 'yesterday’s menu', when: isRefusal }), breaker);

  const wrong = new RangeError('no such day');
  await expect(menu.execute(() => Promise.reject(wrong))).rejects.toBe(wrong);
  breaker.open(60_000);
  expect(await menu.execute(() => 'today’s menu')).toBe('yesterday’s menu');
});
