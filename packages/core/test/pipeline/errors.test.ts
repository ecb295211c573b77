import { describe, expect, test } from 'vitest';
import {
  bulkhead,
  consecutive,
  fallback,
  pipeline,
  retry,
  timeout,
  type Call,
  type RunOptions,
} from '../../src/index.ts';
import { benchOf } from '../support/breaker.ts';
import { recorded, userPolicy } from '../support/calls.ts';

const stackOf = () => {
  const { breaker, clock } = benchOf({ trip: consecutive(100) });
  const silent = fallback({ to: () => 'instead', when: () => false });
  const patience = timeout({ timeoutMs: 100, clock });
  const stack = pipeline(silent, retry({ clock }), breaker, userPolicy(), patience);
  return { stack, breaker, clock };
};

const named = Object.assign(new Error('with a name of its own'), { name: 'AbortError' });

describe('fallback > retry > breaker > own > timeout: what the call throws surfaces as it is:', () => {
  test.each([
    ['undefined', undefined],
    ['null', null],
    ['a string', 'no'],
    ['an empty string', ''],
    ['zero', 0],
    ['false', false],
    ['NaN', Number.NaN],
    ['a symbol', Symbol('no')],
    ['an object without a prototype', Object.create(null)],
    ['an object that looks like a refusal', { admitted: false, rejection: 'no' }],
    ['an object that looks like a permit', { admitted: true }],
    ['a frozen error', Object.freeze(new Error('frozen'))],
    ['a TypeError', new TypeError('no function')],
    ['a network error', new TypeError('fetch failed')],
    ['a RangeError', new RangeError('stack')],
    ['an abort that nobody asked for', new DOMException('no', 'AbortError')],
    ['an error named AbortError', named],
    ['an aggregate', new AggregateError([1, 2])],
  ])('%s', async (_title, thrown: unknown) => {
    for (const reject of [
      () => Promise.reject(thrown),
      () => {
        throw thrown;
      },
      // oxlint-disable-next-line unicorn/no-thenable -- a thenable is what is tested
      () => ({ then: (_: unknown, no: (error: unknown) => void) => no(thrown) }) as Promise<never>,
    ] satisfies Call<never>[]) {
      const { stack, clock } = stackOf();
      const { contexts, call } = recorded(reject);
      const result = stack.attempt(call);
      await clock.advanceAsync(10_000);
      const settled = await result;
      expect(settled).toEqual({ ok: false, error: thrown, rejection: undefined });
      expect(!settled.ok && Object.is(settled.error, thrown)).toBe(true);
      expect(contexts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    }
  });
});

describe('retry > breaker > timeout: what the call answers surfaces as it is:', () => {
  test.each([
    ['undefined', undefined],
    ['an error', new Error('as a value')],
    ['what looks like a refusal', { admitted: false, rejection: 'no' }],
    ['a function', () => 'no'],
  ])('%s', async (_title, answer: unknown) => {
    const { stack } = stackOf();
    expect(await stack.execute(() => answer)).toBe(answer);
    expect(await stack.execute(async () => await Promise.resolve(answer))).toBe(answer);
  });
});

test('retry > breaker > timeout: a thenable is awaited like a promise', async () => {
  const { stack } = stackOf();
  // oxlint-disable-next-line unicorn/no-thenable -- a thenable is what is tested
  const thenable = { then: (yes: (value: string) => void) => yes('answer') } as Promise<string>;
  expect(await stack.execute(() => thenable)).toBe('answer');
});

test('retry > breaker > timeout: a sync throw is a rejection, a failure and a reason to try again', async () => {
  const { stack, breaker, clock } = stackOf();
  const result = stack.attempt(({ attempt }) => {
    if (attempt === 1) throw new TypeError('at once');
    return 'answer';
  });
  await clock.advanceAsync(10_000);
  expect(await result).toEqual({ ok: true, value: 'answer' });
  expect(breaker.snapshot()).toMatchObject({
    inFlight: 0,
    counters: { failures: 1, successes: 1 },
  });
});

describe('the options of a call', () => {
  test.each([
    ['signal', { aborted: false, addEventListener: () => undefined }],
    ['deadline', Number.NaN],
    ['deadline', '5'],
    ['priority', Number.NaN],
    ['priority', 'high'],
  ])('%s: %o is a mistake, found before anything is called', async (option, value) => {
    let calls = 0;
    const wrong = { [option]: value } as RunOptions;
    const policies = [retry(), bulkhead({ concurrency: 1 }), timeout({ timeoutMs: 10 })];
    for (const policy of [...policies, pipeline(...policies)]) {
      await expect(policy.execute(() => calls++, wrong)).rejects.toMatchObject({ option });
    }
    expect(calls).toBe(0);
  });
});
