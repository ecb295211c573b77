import {
  breakerRegistry,
  circuitBreaker,
  fallback,
  retry,
  timeout,
  timeWindow,
  type BreakerRegistryOptions,
  type CircuitBreakerOptions,
  type FallbackOptions,
  type RetryOptions,
  type TimeoutOptions,
} from '@holdfast/core';
import { virtualClock } from '@holdfast/core/testing';
import { expect, it } from 'vitest';

const cases: Readonly<Record<string, () => unknown>> = {
  stallMs: () => circuitBreaker(nothing<CircuitBreakerOptions>({ name: 'a', stallMs: null })),
  eager: () => circuitBreaker(nothing<CircuitBreakerOptions>({ name: 'a', eager: null })),
  callerTimeout: () =>
    circuitBreaker(nothing<CircuitBreakerOptions>({ name: 'a', callerTimeout: null })),
  'halfOpen.probes': () =>
    circuitBreaker(nothing<CircuitBreakerOptions>({ name: 'a', halfOpen: { probes: null } })),
  'halfOpen.ramp': () =>
    circuitBreaker(nothing<CircuitBreakerOptions>({ name: 'a', halfOpen: { ramp: null } })),
  'open.jitter': () =>
    circuitBreaker(nothing<CircuitBreakerOptions>({ name: 'a', open: { jitter: null } })),
  'timeWindow.spanMs': () => timeWindow(nothing<object>({ spanMs: null })),
  maxEntries: () =>
    breakerRegistry(nothing<BreakerRegistryOptions>({ name: 'a', maxEntries: null })),
  attempts: () => retry(nothing<RetryOptions>({ attempts: null })),
  'backoff.jitter': () => retry(nothing<RetryOptions>({ backoff: { jitter: null } })),
  'timeout.name': () => timeout(nothing<TimeoutOptions>({ timeoutMs: 5, name: null })),
  'fallback.to': () => fallback(nothing<FallbackOptions<string>>({ to: null })),
};

/** Options as plain JavaScript might give them. */
const nothing = <Options>(options: object): Options => options as Options;

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
