import { describe, expect, test } from 'vitest';
import { standardPipeline, type StandardPipelineOptions } from '../../src/index.ts';
import { virtualClock } from '../../src/testing/index.ts';
import { hang } from '../support/calls.ts';
import { expectInvalid } from '../support/invalid-option.ts';
import { hearWarnings } from '../support/warnings.ts';

const kinds = (options: StandardPipelineOptions): string[] =>
  standardPipeline(options)
    .describe()
    .map(({ policy }) => policy);

describe('a standard pipeline', () => {
  test('has the recommended order and warns of nothing', () => {
    const warnings = hearWarnings();
    expect(kinds({ name: 'payments', rateLimit: { rate: 100 } })).toEqual([
      'deadline',
      'retry',
      'circuit-breaker',
      'rate-limit',
      'bulkhead',
      'timeout',
    ]);
    expect(warnings).toEqual([]);
  });

  test('has these defaults', () => {
    const described = standardPipeline({ name: 'payments' }).describe();
    expect(described).toMatchObject([
      { policy: 'deadline', name: 'payments', options: { deadlineMs: 30_000 } },
      { policy: 'retry', name: 'payments', options: { attempts: 3, budget: true } },
      { policy: 'circuit-breaker', name: 'payments', options: { blameAfterMs: 1_000 } },
      { policy: 'bulkhead', name: 'payments', options: { concurrency: 1_000, queue: 0 } },
      { policy: 'timeout', name: 'payments', options: { timeoutMs: 10_000 } },
    ]);
  });

  test('leaves out what is false', () => {
    expect(
      kinds({ name: 'payments', deadline: false, retry: false, bulkhead: false, timeout: false }),
    ).toEqual(['circuit-breaker']);
  });

  test('keeps its default timeout within a shorter deadline', () => {
    const described = standardPipeline({ name: 'a', deadline: { deadlineMs: 5_000 } }).describe();
    expect(described.at(-1)).toMatchObject({ policy: 'timeout', options: { timeoutMs: 5_000 } });
  });

  test('with every part left out is a mistake', () => {
    const none = { deadline: false, retry: false, breaker: false, bulkhead: false } as const;
    expect(() => standardPipeline({ name: 'a', ...none, timeout: false })).toThrow(
      'option "standardPipeline" is an object; allowed: at least one policy',
    );
  });

  test('gives its policies by name', async () => {
    const payments = standardPipeline({ name: 'payments', bulkhead: false });
    expect(await payments.execute(() => 1)).toBe(1);
    expect(payments.policies.breaker?.snapshot().counters).toMatchObject({ successes: 1 });
    expect(payments.policies.bulkhead).toBeUndefined();
  });

  test('ends a hang after its attempts, and the whole at the deadline', async () => {
    const clock = virtualClock();
    const payments = standardPipeline({
      name: 'payments',
      clock,
      random: () => 0.5,
      deadline: { deadlineMs: 2_500 },
      timeout: { timeoutMs: 1_000 },
    });
    let calls = 0;
    const result = payments.attempt(() => {
      calls++;
      return hang();
    });
    await clock.advanceAsync(2_500);
    expect(await result).toMatchObject({ ok: false, error: { code: 'HF_DEADLINE_EXCEEDED' } });
    expect(calls).toBe(3);
    expect(clock.now()).toBe(2_500);
  });
});

describe('its options', () => {
  test.each<[unknown, string, typeof TypeError | typeof RangeError, unknown]>([
    [{}, 'name', TypeError, undefined],
    [{ name: 'a', retries: {} }, 'standardPipeline.retries', TypeError, {}],
    [{ name: 'a', retry: true }, 'retry', TypeError, true],
    [{ name: 'a', breaker: null }, 'breaker', TypeError, null],
    [{ name: 'a', timeout: { timeoutMs: 0 } }, 'timeoutMs', RangeError, 0],
    [{ name: 'a', timeout: { timeoutMs: 40_000 } }, 'timeout.timeoutMs', RangeError, 40_000],
  ])('%o is a mistake in %s', (options, option, type, value) => {
    expectInvalid(() => standardPipeline(options as StandardPipelineOptions), {
      type,
      option,
      value,
    });
  });

  test('a timeout needs no deadline above it', () => {
    expect(() =>
      standardPipeline({ name: 'a', deadline: false, timeout: { timeoutMs: 60_000 } }),
    ).not.toThrow();
  });
});
