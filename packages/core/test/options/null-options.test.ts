import {
  breakerRegistry,
  circuitBreaker,
  deadline,
  fallback,
  retry,
  retryBudget,
  timeout,
  timeWindow,
} from '@holdfast/core';
import { virtualClock } from '@holdfast/core/testing';
import { expect, it } from 'vitest';

const cases: Readonly<Record<string, () => unknown>> = {
  stallMs: () => circuitBreaker(nothing({ name: 'a', stallMs: null })),
  eager: () => circuitBreaker(nothing({ name: 'a', eager: null })),
  callerTimeout: () => circuitBreaker(nothing({ name: 'a', callerTimeout: null })),
  'halfOpen.probes': () => circuitBreaker(nothing({ name: 'a', halfOpen: { probes: null } })),
  'halfOpen.ramp': () => circuitBreaker(nothing({ name: 'a', halfOpen: { ramp: null } })),
  'open.jitter': () => circuitBreaker(nothing({ name: 'a', open: { jitter: null } })),
  'timeWindow.spanMs': () => timeWindow(nothing({ spanMs: null })),
  maxEntries: () => breakerRegistry(nothing({ name: 'a', maxEntries: null })),
  attempts: () => retry(nothing({ attempts: null })),
  backoff: () => retry(nothing({ backoff: null })),
  'backoff.kind': () => retry(nothing({ backoff: { kind: null } })),
  'backoff.jitter': () => retry(nothing({ backoff: { jitter: null } })),
  when: () => retry(nothing({ when: null })),
  whenResult: () => retry(nothing({ whenResult: null })),
  delay: () => retry(nothing({ delay: null })),
  maxRetryAfterMs: () => retry(nothing({ maxRetryAfterMs: null })),
  maxElapsedMs: () => retry(nothing({ maxElapsedMs: null })),
  budget: () => retry(nothing({ budget: null })),
  ratio: () => retryBudget(nothing({ ratio: null })),
  floorPerSecond: () => retryBudget(nothing({ floorPerSecond: null })),
  'retryBudget.spanMs': () => retryBudget(nothing({ spanMs: null })),
  'timeout.name': () => timeout(nothing({ timeoutMs: 5, name: null })),
  timeoutMs: () => timeout(nothing({ timeoutMs: null })),
  deadlineMs: () => deadline(nothing({ deadlineMs: null })),
  'deadline.stallMs': () => deadline(nothing({ deadlineMs: 5, stallMs: null })),
  'fallback.to': () => fallback(nothing({ to: null })),
  'fallback.when': () => fallback(nothing({ value: 1, when: null })),
  'fallback.policy': () => fallback(nothing({ to: () => 1, policy: null })),
};

/** Options as plain JavaScript might give them. */
const nothing = (options: object): never => options as never;

it.each(Object.keys(cases))('refuses null for %s instead of taking its default', (option) => {
  const name = option.split('.').at(-1) ?? option;
  expect(cases[option]).toThrow(TypeError);
  expect(cases[option]).toThrow(name);
});

it('is not open for ever where chance gives no number', () => {
  const clock = virtualClock();
  const breaker = circuitBreaker({ name: 'a', clock, random: () => Number.NaN });
  breaker.open();
  expect(breaker.snapshot().retryAfterMs).toBe(5_000);
  clock.advance(5_000);
  expect(breaker.tryAcquire().admitted).toBe(true);
});

it('gives out no breaker once the registry is disposed', () => {
  const registry = breakerRegistry({ name: 'tenants' });
  registry[Symbol.dispose]();
  expect(() => registry.get('a')).toThrow('disposed');
  expect(registry.size).toBe(0);
});
