import { describe, expect, test } from 'vitest';
import { retry, type RetryOptions } from '../../src/index.ts';
import { seededRandom, virtualClock } from '../../src/testing/index.ts';

interface Load {
  /** Calls that the dependency got for each one that was wanted. */
  readonly times: number;
  readonly further: number;
}

/**
 * One process makes `rate` calls a second of a dependency that works for `worksMs` and then fails
 * altogether for a minute; what the dependency gets in that minute.
 */
const outage = async (rate: number, options: RetryOptions, worksMs = 60_000): Promise<Load> => {
  const clock = virtualClock();
  const policy = retry({ clock, random: seededRandom(rate), attempts: 3, ...options });
  const endsAt = worksMs + 60_000;
  let calls = 0;
  let wanted = 0;
  const call = (): Promise<string> => {
    if (clock.now() < worksMs) return Promise.resolve('answer');
    calls++;
    return Promise.reject(new Error('down'));
  };
  const results: Promise<unknown>[] = [];
  const tickMs = Math.max(100, 1_000 / rate);
  while (clock.now() < endsAt) {
    if (clock.now() >= worksMs) wanted += (rate * tickMs) / 1_000;
    for (let count = (rate * tickMs) / 1_000; count > 0; count--)
      results.push(policy.attempt(call));
    await clock.advanceAsync(tickMs);
  }
  await clock.advanceAsync(10_000);
  await Promise.all(results);
  return { times: calls / wanted, further: calls - wanted };
};

describe('a dependency that fails altogether for a minute', () => {
  test.each([1, 100])(
    'gets three times its load without a budget, at %i calls a second',
    async (rate) => {
      expect((await outage(rate, { budget: false })).times).toBe(3);
    },
  );

  test.each([
    [1, 3],
    [10, 1.59],
    [100, 1.27],
    [300, 1.25],
  ])('with one gets, at %i calls a second, %f times its load', async (rate, most) => {
    const { times } = await outage(rate, {});
    expect(times).toBeLessThanOrEqual(most);
    expect(times).toBeGreaterThan(most - 0.02);
  });

  test('is spared from the start, too: before anything is saved up', async () => {
    expect((await outage(300, {}, 0)).times).toBeLessThan(1.22);
  });

  test('gets three further attempts a second however few are the calls', async () => {
    // Two calls a second want four; 30 s of the floor and of 0.4 a second are saved.
    const { further } = await outage(2, {});
    expect(further).toBeGreaterThanOrEqual(3 * 60 + 0.4 * 60);
    expect(further).toBeLessThanOrEqual(3.4 * 60 + 34);
  });
});
