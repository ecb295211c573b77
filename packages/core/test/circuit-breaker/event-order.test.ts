import { circuitBreaker, type CircuitBreaker } from '@holdfast/core';
import { virtualClock } from '@holdfast/core/testing';
import { expect, it } from 'vitest';

it('what a classifier does to its breaker is heard after the settlement that asked it', async () => {
  const heard: unknown[] = [];
  const breaker: CircuitBreaker = circuitBreaker({
    name: 'payments',
    clock: virtualClock(),
    classify: () => {
      breaker.open(1_000);
      return 'success';
    },
  });
  breaker.on('transition', ({ to }) => heard.push([to, breaker.snapshot().counters.lateSuccesses]));
  await breaker.execute(() => 1);
  expect(heard).toEqual([['OPEN', 1]]);
});

it('what a listener does is heard after what it listened to, in order', () => {
  const heard: string[] = [];
  const breaker = circuitBreaker({ name: 'payments', clock: virtualClock() });
  breaker.on('transition', ({ to }) => {
    if (to === 'OPEN') breaker.reset();
    heard.push(`first ${to}`);
  });
  breaker.on('transition', ({ to }) => heard.push(`second ${to}`));
  breaker.open(1_000);
  expect(heard).toEqual(['first OPEN', 'second OPEN', 'first CLOSED', 'second CLOSED']);
});
