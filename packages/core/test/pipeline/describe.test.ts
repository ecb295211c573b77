import { expect, test } from 'vitest';
import {
  bulkhead,
  circuitBreaker,
  countWindow,
  deadline,
  fallback,
  pipeline,
  retry,
  timeout,
} from '../../src/index.ts';
import { userPolicy } from '../support/calls.ts';

test('describe tells each policy, outermost first, with the options in force', () => {
  const stack = pipeline(
    fallback({ value: 'none' }),
    deadline({ deadlineMs: 2_000 }),
    userPolicy(),
    retry({ name: 'again', attempts: 4, budget: false }),
    pipeline(
      circuitBreaker({ name: 'shop', trip: countWindow({ size: 10 }), eager: true }),
      bulkhead({ concurrency: 5, queue: 3 }),
    ),
    timeout({ timeoutMs: 200 }),
  );

  const described = stack.describe();

  expect(described.map(({ policy, name }) => `${policy} ${name}`)).toEqual([
    'fallback fallback',
    'deadline deadline',
    'own own',
    'retry again',
    'circuit-breaker shop',
    'bulkhead bulkhead',
    'timeout timeout',
  ]);
  expect(described[0]?.options).toMatchObject({ value: 'none' });
  expect(described[1]?.options).toEqual({ deadlineMs: 2_000, stallMs: 250 });
  expect(described[3]?.options).toMatchObject({
    attempts: 4,
    backoff: { kind: 'exponential', baseMs: 100, factor: 2, maxMs: 2_000, jitter: 'full' },
    budget: false,
    maxRetryAfterMs: 30_000,
  });
  expect(described[4]?.options).toMatchObject({ eager: true, open: { baseMs: 5_000 } });
  expect(described[5]?.options).toMatchObject({ concurrency: 5, queue: 3, order: 'fifo' });
  expect(described[6]?.options).toEqual({ timeoutMs: 200, stallMs: 250 });
});

test('it reads the options of now, and hands out neither clock nor chance', () => {
  const again = retry({ attempts: 3 });
  const stack = pipeline(again, circuitBreaker({ name: 'shop' }));
  again.update({ attempts: 5 });
  expect(stack.describe()[0]?.options).toMatchObject({ attempts: 5 });
  for (const { options } of stack.describe()) {
    expect(Object.keys(options)).not.toEqual(expect.arrayContaining(['clock']));
    expect(Object.keys(options)).not.toEqual(expect.arrayContaining(['random']));
  }
});
