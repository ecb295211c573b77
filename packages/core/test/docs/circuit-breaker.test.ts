import {
  breakerRegistry,
  circuitBreaker,
  consecutive,
  countWindow,
  isRejection,
  timeWindow,
} from '@holdfast/core';
import { virtualClock } from '@holdfast/core/testing';
import { expect, test } from 'vitest';

const fail = (): Promise<never> => Promise.reject(new Error('no answer'));

test('a refused call tells when to come back', async () => {
  const messages: string[] = [];
  const loadStock = fail;

  const inventory = circuitBreaker({
    name: 'inventory',
    trip: [timeWindow({ failureRate: 0.5, minCalls: 20 }), consecutive(1)],
    open: { baseMs: 2_000, jitter: 0 },
  });

  for (const attempt of [1, 2]) {
    try {
      await inventory.execute(() => loadStock());
    } catch (error) {
      if (isRejection(error)) messages.push(`${attempt}: ${error.message}`);
    }
  }

  expect(messages).toHaveLength(1);
  expect(messages[0]).toMatch(/^2: circuit "inventory" is open; retry in \d+ ms$/);
});

test('a permit stays with a stream until it is over', async () => {
  const sent: string[] = [];
  const breaker = circuitBreaker({ name: 'feed' });
  const openFeed = async function* feed(): AsyncGenerator<string> {
    yield await Promise.resolve('a');
    yield 'b';
  };

  const permit = breaker.tryAcquire();
  if (!permit.admitted) throw permit.rejection;
  try {
    for await (const item of openFeed()) sent.push(item);
    permit.success();
  } catch (error) {
    permit.failure(error);
    throw error;
  }

  expect(sent).toEqual(['a', 'b']);
  expect(breaker.snapshot()).toMatchObject({ inFlight: 0, counters: { successes: 1 } });
});

test('a classifier judges results and passes on Retry-After', async () => {
  const clock = virtualClock();
  const breaker = circuitBreaker({
    name: 'search',
    trip: countWindow({ size: 2 }),
    open: { baseMs: 1_000, jitter: 0 },
    classify: (result) => {
      if (!result.ok) return 'failure';
      const { status, retryAfterMs } = result.value as { status: number; retryAfterMs: number };
      return status === 503 ? { failure: true, openForMs: retryAfterMs } : 'success';
    },
    clock,
  });
  const answer = { status: 503, retryAfterMs: 30_000 };

  expect(await breaker.execute(() => answer)).toBe(answer);
  expect(await breaker.execute(() => answer)).toBe(answer);
  expect(breaker.snapshot()).toMatchObject({ state: 'OPEN', retryAfterMs: 30_000 });
});

test('an isolation lasts until it is disposed', () => {
  const breaker = circuitBreaker({ name: 'billing' });
  const migrate = (): string => String(breaker.tryAcquire().admitted);

  using hold = breaker.isolate('schema migration');
  expect(migrate()).toBe('false');

  hold[Symbol.dispose]();
  expect(migrate()).toBe('true');
});

test('a registry keeps a breaker for each key, and only so many', () => {
  const tenants = breakerRegistry({
    name: 'tenant database',
    maxEntries: 1_000,
    breaker: () => ({ trip: consecutive(5) }),
  });

  expect(tenants.get('acme')).toBe(tenants.get('acme'));
  expect(tenants.size).toBe(1);
});

test('the state survives a restart', () => {
  const before = circuitBreaker({ name: 'payments' });
  before.open(30_000);

  const file = JSON.stringify(before.save());
  const after = circuitBreaker({ name: 'payments' });
  after.restore(JSON.parse(file));

  expect(after.state).toBe('OPEN');
});

test('listeners hear of every change of state', () => {
  const log: string[] = [];
  const breaker = circuitBreaker({ name: 'payments' });

  using listening = breaker.on('transition', ({ from, to, reason }) => {
    log.push(`${from} -> ${to}: ${reason}`);
  });
  breaker.open(30_000);

  expect(log).toEqual(['CLOSED -> OPEN: opened']);
  listening[Symbol.dispose]();
});
