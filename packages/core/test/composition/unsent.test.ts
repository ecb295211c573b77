import { describe, expect, test } from 'vitest';
import {
  bulkhead,
  circuitBreaker,
  consecutive,
  deadline,
  fallback,
  pipeline,
  rateLimit,
  retry,
  timeout,
} from '../../src/index.ts';
import { virtualClock } from '../../src/testing/index.ts';

const rigOf = () => {
  const clock = virtualClock();
  const breaker = circuitBreaker({ name: 'shop', trip: consecutive(1), blameAfterMs: 0, clock });
  const limit = rateLimit({ rate: 1, burst: 5, clock });
  const slots = bulkhead({ concurrency: 1, queue: 5, maxWaitMs: 9_000, clock });
  slots.tryAcquire();
  return { clock, breaker, limit, slots };
};

describe('a call that was never sent', () => {
  test.each(['timeout', 'deadline'] as const)(
    'rate limit → breaker → %s → bulkhead: what ends in the queue opens nothing and is given back',
    async (kind) => {
      const { clock, breaker, limit, slots } = rigOf();
      const ends =
        kind === 'timeout'
          ? timeout({ timeoutMs: 100, clock })
          : deadline({ deadlineMs: 100, clock });
      let sent = 0;
      const stack = pipeline(limit, breaker, ends, slots);
      await clock.runUntilSettled(stack.attempt(() => sent++));
      expect({ sent, state: breaker.state }).toEqual({ sent: 0, state: 'CLOSED' });
      expect(breaker.snapshot().counters).toMatchObject({ failures: 0, ignored: 1 });
      expect(limit.snapshot()).toMatchObject({ admitted: 1, unsent: 1 });
    },
  );

  test('rate limit → breaker → fallback → timeout → bulkhead: a fallback that passes it on does not hide that', async () => {
    const { clock, breaker, limit, slots } = rigOf();
    const silent = fallback({ value: 0, when: () => false });
    const stack = pipeline(limit, breaker, silent, timeout({ timeoutMs: 100, clock }), slots);
    await clock.runUntilSettled(stack.attempt(() => 1));
    expect(breaker.state).toBe('CLOSED');
    expect(limit.snapshot()).toMatchObject({ unsent: 1 });
  });

  test('breaker → fallback → bulkhead: a fallback that fails itself is a failure', async () => {
    const { clock, breaker } = rigOf();
    const full = bulkhead({ concurrency: 1, clock });
    full.tryAcquire();
    const broken = fallback({
      to: () => {
        throw new Error('broken');
      },
    });
    await pipeline(breaker, broken, full).attempt(() => 1);
    expect(breaker.snapshot().counters).toMatchObject({ failures: 1 });
  });

  test('rate limit → retry → timeout → bulkhead: nor does a retry whose every attempt ends in the queue', async () => {
    const { clock, limit, slots } = rigOf();
    const again = retry({ attempts: 2, clock });
    const stack = pipeline(limit, again, timeout({ timeoutMs: 100, clock }), slots);
    await clock.runUntilSettled(stack.attempt(() => 1));
    expect(limit.snapshot()).toMatchObject({ unsent: 1 });
  });

  test('rate limit → retry → timeout: one that was sent once counts, whatever came of it', async () => {
    const { clock, limit } = rigOf();
    const slots = bulkhead({ concurrency: 1, queue: 5, holdUntil: 'finished', clock });
    const again = retry({ attempts: 2, clock });
    const stack = pipeline(limit, again, timeout({ timeoutMs: 100, clock }), slots);
    let sent = 0;
    const hang = (): Promise<never> => {
      sent++;
      return new Promise(() => undefined);
    };
    await clock.runUntilSettled(stack.attempt(hang));
    expect({ sent, unsent: limit.snapshot().unsent }).toEqual({ sent: 1, unsent: 0 });
  });
});

test('rate limit alone: an attempt is a value even where the promise has a then of its own', async () => {
  const { limit } = rigOf();
  const odd = Promise.resolve(4);
  // oxlint-disable-next-line unicorn/no-thenable -- its purpose
  odd.then = (): never => {
    throw new Error('slipped past');
  };
  expect(await limit.attempt(() => odd)).toEqual({ ok: true, value: 4 });
});
