import { channel } from 'node:diagnostics_channel';
import { bulkhead, CHANNELS, circuitBreaker, consecutive, retry } from '@holdfast/core';
import { virtualClock } from '@holdfast/core/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { workerMetrics } from '../../src/metrics/worker-metrics.ts';
import type { WorkerMetrics } from '../../src/metrics/worker-metrics.ts';

const ROLL = Symbol.for('holdfast.circuits');
const shared: Record<symbol, unknown> = globalThis;

/** Values other than 0 of a family, under their labels. */
const valuesOf = (metrics: WorkerMetrics, name: string): Record<string, number> => {
  const values = metrics.families().find((each) => each.name === name)?.values ?? [];
  return Object.fromEntries(
    values
      .filter(({ value }) => value !== 0)
      .map(({ labels, value }) => [Object.values(labels).join(' '), value]),
  );
};
const states = (metrics: WorkerMetrics): object => valuesOf(metrics, 'holdfast_circuit_state');
const calls = (metrics: WorkerMetrics): object => valuesOf(metrics, 'holdfast_circuit_calls_total');

const failing = (): Promise<never> => Promise.reject(new Error('down'));

describe('metrics of a worker', () => {
  let metrics: WorkerMetrics;
  beforeEach(() => {
    delete shared[ROLL];
    metrics = workerMetrics();
  });
  afterEach(() => metrics[Symbol.dispose]());

  test('have every circuit from its construction on, in each state there is', async () => {
    const clock = virtualClock();
    const options = { trip: consecutive(1), open: { baseMs: 100, jitter: 0 }, clock };
    const breaker = circuitBreaker({ name: 'shop', ...options });
    expect(states(metrics)).toEqual({ 'shop closed': 1 });
    await breaker.attempt(failing);
    expect(states(metrics)).toEqual({ 'shop open': 1 });
    clock.advance(100);
    breaker.tryAcquire();
    expect(states(metrics)).toEqual({ 'shop half-open': 1 });
    breaker.setMode('disabled');
    expect(states(metrics)).toEqual({ 'shop disabled': 1 });
    const isolation = breaker.isolate('maintenance');
    expect(states(metrics)).toEqual({ 'shop isolated': 1 });
    isolation[Symbol.dispose]();
    breaker.setMode('automatic');
    expect(states(metrics)).toEqual({ 'shop closed': 1 });
  });

  test('have circuits that were there before them', () => {
    const breaker = circuitBreaker({ name: 'early' });
    const later = workerMetrics();
    expect(states(later)).toEqual({ 'early closed': 1 });
    later[Symbol.dispose]();
    breaker[Symbol.dispose]();
  });

  test('count circuits of one name together, and a disposed one no more', () => {
    const breakers = [1, 2, 3].map(() => circuitBreaker({ name: 'shop' }));
    breakers[0]?.open(1_000);
    expect(states(metrics)).toEqual({ 'shop closed': 2, 'shop open': 1 });
    for (const breaker of breakers) breaker[Symbol.dispose]();
    expect(states(metrics)).toEqual({});
    expect(
      metrics.families().find(({ name }) => name === 'holdfast_circuit_state')?.values,
    ).toEqual([]);
  });

  test('count calls by outcome, those through circuits that are gone too', async () => {
    const options = { trip: consecutive(1), open: { baseMs: 1_000, jitter: 0 } };
    const breaker = circuitBreaker({ name: 'shop', ...options, clock: virtualClock() });
    for (const call of [() => 1, () => 2, failing, failing]) await breaker.attempt(call);
    const expected = { 'shop success': 2, 'shop failure': 1, 'shop refused': 1 };
    expect(calls(metrics)).toEqual(expected);
    await circuitBreaker({ name: 'shop' }).attempt(() => 1);
    breaker[Symbol.dispose]();
    expect(calls(metrics)).toEqual({ ...expected, 'shop success': 3 });
    expect(calls(metrics)).toEqual({ ...expected, 'shop success': 3 });
  });

  test('leave calls of circuits as quick as they are: nobody subscribes to them', () => {
    metrics.families();
    expect(channel(CHANNELS.call).hasSubscribers).toBe(false);
    expect(channel(CHANNELS.breaker).hasSubscribers).toBe(false);
  });

  test('have names of circuits up to 200, and the rest under one', () => {
    const breakers = Array.from({ length: 250 }, (_, i) => circuitBreaker({ name: `of-${i}` }));
    const all = states(metrics);
    expect(Object.keys(all)).toHaveLength(201);
    expect(all).toMatchObject({ 'of-199 closed': 1, 'other closed': 50 });
    for (const breaker of breakers) breaker[Symbol.dispose]();
  });

  test('count retries and limits from the first time they are asked for to the last', async () => {
    const subscribed = (): boolean[] =>
      [CHANNELS.retry, CHANNELS.limit].map((name) => channel(name).hasSubscribers);
    expect(subscribed()).toEqual([false, false]);
    metrics.families();
    await retry({ name: 'shop', attempts: 2, backoff: { baseMs: 0 } }).attempt(failing);
    const room = bulkhead({ name: 'room', concurrency: 1 });
    const first = room.attempt(() => new Promise((resolve) => void setImmediate(resolve)));
    await room.attempt(() => 1);
    await first;
    expect(valuesOf(metrics, 'holdfast_retries_total')).toEqual({
      'shop retry': 1,
      'shop exhausted': 1,
    });
    expect(valuesOf(metrics, 'holdfast_limited_total')).toEqual({ 'room HF_BULKHEAD_FULL': 1 });
    metrics[Symbol.dispose]();
    metrics.families();
    expect(subscribed()).toEqual([false, false]);
  });

  test('have what the process has used', () => {
    expect(Object.keys(valuesOf(metrics, 'holdfast_memory_bytes'))).toContain('rss');
    expect(Object.keys(valuesOf(metrics, 'holdfast_event_loop_seconds_total'))).toContain('active');
    expect(Object.keys(valuesOf(metrics, 'holdfast_cpu_seconds_total'))).toContain('user');
  });
});
