import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { wrapFetch, wrapRequest, type WrapOptions } from '../../src/index.ts';

const WRAPS: Record<string, (options?: WrapOptions) => unknown> = {
  wrapFetch: (options) => wrapFetch(globalThis.fetch, options),
  wrapRequest: (options) => wrapRequest(request, options),
};

/** A wrong option, and the name that the error gives it. */
const WRONG: readonly [unknown, option: string][] = [
  [null, 'WRAP'],
  [7, 'WRAP'],
  [[], 'WRAP'],
  [{ retries: 3 }, 'WRAP.retries'],
  [{ name: '' }, 'name'],
  [{ name: null }, 'name'],
  [{ key: 'origin' }, 'key'],
  [{ key: null }, 'key'],
  [{ maxKeys: 0 }, 'maxKeys'],
  [{ maxKeys: 1.5 }, 'maxKeys'],
  [{ maxKeys: null }, 'maxKeys'],
  [{ clock: {} }, 'clock'],
  [{ random: 0.5 }, 'random'],
  [{ deadline: true }, 'deadline'],
  [{ deadline: null }, 'deadline'],
  [{ deadline: 5_000 }, 'deadline'],
  [{ deadline: { deadlineMs: -1 } }, 'deadlineMs'],
  [{ deadline: { deadlineMs: '5' } }, 'deadlineMs'],
  [{ deadline: { timeoutMs: 5 } }, 'deadline.timeoutMs'],
  [{ deadline: { inherit: 1 } }, 'inherit'],
  [{ deadline: { header: 'request-timeout' } }, 'header'],
  [{ deadline: { header: true } }, 'header'],
  [{ retry: true }, 'retry'],
  [{ retry: null }, 'retry'],
  [{ retry: { attempts: 0 } }, 'attempts'],
  [{ retry: { attempts: 1.5 } }, 'attempts'],
  [{ retry: { backoff: { base: 1 } } }, 'backoff.base'],
  [{ retry: { budget: true } }, 'budget'],
  [{ retry: { when: 'always' } }, 'when'],
  [{ retry: { maxRetryAfterMs: NaN } }, 'maxRetryAfterMs'],
  [{ retry: { maxElapsedMs: -1 } }, 'maxElapsedMs'],
  [{ retry: { methods: 'GET' } }, 'methods'],
  [{ retry: { methods: [1] } }, 'methods'],
  [{ retry: { statuses: ['503'] } }, 'statuses'],
  [{ retry: { idempotentOrigins: 'https://a.example' } }, 'idempotentOrigins'],
  [{ retry: { idempotentOrigins: ['a.example'] } }, 'idempotentOrigins'],
  [{ retry: { attemptHeader: '' } }, 'attemptHeader'],
  [{ retry: { attemptHeader: true } }, 'attemptHeader'],
  [{ retry: { attemptHeader: 'two words' } }, 'attemptHeader'],
  [{ retry: { delay: () => 1 } }, 'retry.delay'],
  [{ retry: { whenResult: () => true } }, 'retry.whenResult'],
  [{ retry: { name: 'mine' } }, 'retry.name'],
  [{ retry: { key: () => 'mine' } }, 'retry.key'],
  [{ retry: { maxKeys: 5 } }, 'retry.maxKeys'],
  [{ retry: { clock: 5 } }, 'retry.clock'],
  [{ retry: { random: Math.random } }, 'retry.random'],
  [{ breaker: true }, 'breaker'],
  [{ breaker: null }, 'breaker'],
  [{ breaker: { failureStatus: 500 } }, 'failureStatus'],
  [{ breaker: { classify: () => 'failure' } }, 'breaker.classify'],
  [{ breaker: { isFailure: () => true } }, 'breaker.isFailure'],
  [{ breaker: { name: 'mine' } }, 'breaker.name'],
  [{ breaker: { unreadBodyMs: 5 } }, 'circuitBreaker.unreadBodyMs'],
  [{ breaker: { trip: 'consecutive' } }, 'trip'],
  [{ rateLimit: true }, 'rateLimit'],
  [{ rateLimit: null }, 'rateLimit'],
  [{ bulkhead: true }, 'bulkhead'],
  [{ bulkhead: { concurrency: 0 } }, 'concurrency'],
  [{ timeout: 5_000 }, 'timeout'],
  [{ timeout: { timeoutMs: 0 } }, 'timeoutMs'],
  [{ timeout: { timeoutMs: 40_000 } }, 'timeout.timeoutMs'],
  [{ deadline: { deadlineMs: 500 }, timeout: { timeoutMs: 501 } }, 'timeout.timeoutMs'],
];

describe.each(Object.entries(WRAPS))('%s', (name, wrap) => {
  it.each(WRONG)('does not take %o, and names %s', (options, option) => {
    let thrown: unknown;
    try {
      wrap(options as WrapOptions);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({
      name: expect.stringMatching(/^(TypeError|RangeError)$/) as string,
      code: 'HF_INVALID_OPTION',
      option: option.replace('WRAP', name),
    });
  });

  it('takes none, and undefined for any', () => {
    const options = ['name', 'key', 'maxKeys', 'deadline', 'retry', 'breaker', 'rateLimit'];
    const undefineds = [...options, 'bulkhead', 'timeout', 'clock', 'random'];
    expect(() => wrap()).not.toThrow();
    expect(() =>
      wrap(Object.fromEntries(undefineds.map((option) => [option, undefined]))),
    ).not.toThrow();
  });

  it('takes every policy away but the last', () => {
    const all = ['deadline', 'retry', 'breaker', 'bulkhead', 'timeout'] as const;
    for (const kept of all) {
      const others = all.filter((each) => each !== kept);
      const options = Object.fromEntries(others.map((each) => [each, false]));
      expect(() => wrap(options)).not.toThrow();
    }
    expect(() => wrap(Object.fromEntries(all.map((each) => [each, false])))).toThrow(
      'at least one policy',
    );
  });
});

it.each([undefined, null, 'fetch', {}])('%s is no fetch', (wrong) => {
  expect(() => wrapFetch(wrong as never)).toThrow('option "fetch"');
  expect(() => wrapRequest(wrong as never)).toThrow('option "request"');
});
