import { describe, expect, test } from 'vitest';
import { pipeline, retry, timeout, type Executable } from '../../src/index.ts';
import { benchOf } from '../support/breaker.ts';
import { recorded, userPolicy } from '../support/calls.ts';
import { expectInvalid } from '../support/invalid-option.ts';

const boom = new Error('boom');

describe('a pipeline', () => {
  test('is named after its policies, outermost first', () => {
    const { breaker, clock } = benchOf();
    const stack = pipeline(retry({ clock }), breaker, timeout({ timeoutMs: 100, clock }));
    expect(stack.name).toBe('retry > payments > timeout');
  });

  test('of one policy is that policy', async () => {
    const { breaker } = benchOf();
    expect(await pipeline(breaker).execute(() => 'answer')).toBe('answer');
    expect(breaker.snapshot().counters).toMatchObject({ successes: 1 });
  });

  test('of none is a mistake', () => {
    const none: Executable[] = [];
    const complaint = { type: TypeError, option: 'pipeline.policies', value: none };
    expectInvalid(() => pipeline(...none), complaint);
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a function', () => 'no'],
    ['an object that executes nothing', { name: 'no' }],
  ])('of %s is a mistake and says where it stands', (_title, value) => {
    const policies = [retry(), userPolicy(), userPolicy(), value as unknown as Executable];
    const complaint = { type: TypeError, option: 'pipeline.policies[3]', value };
    expectInvalid(() => pipeline(...policies), complaint);
  });

  test('has nothing to update: its policies have', () => {
    const stack = pipeline(retry());
    stack.update({});
    const update = stack.update.bind(stack) as (change: unknown) => void;
    const unknown = { type: TypeError, option: 'pipeline.update.attempts', value: 5 };
    expectInvalid(() => update({ attempts: 5 }), unknown);
    expectInvalid(() => update(null), { type: TypeError, option: 'update', value: null });
  });

  test('obeys what its policies are updated to', async () => {
    const { clock } = benchOf();
    const repeating = retry({ clock });
    const stack = pipeline(repeating, userPolicy());
    repeating.update({ attempts: 2 });
    const { contexts, call } = recorded(() => Promise.reject(boom));
    const result = stack.attempt(call);
    await clock.advanceAsync(10_000);
    await result;
    expect(contexts).toHaveLength(2);
  });

  test('leaves its policies alone when it is disposed: they may be shared', async () => {
    const { breaker } = benchOf();
    const stack = pipeline(breaker);
    stack[Symbol.dispose]();
    expect(await breaker.execute(() => 'answer')).toBe('answer');
    expect(await stack.execute(() => 'answer')).toBe('answer');
  });

  test('attempt never rejects and tells rejections of policies from errors of the call', async () => {
    const { breaker } = benchOf();
    const stack = pipeline(breaker, userPolicy());
    expect(await stack.attempt(() => 'answer')).toEqual({ ok: true, value: 'answer' });
    expect(await stack.attempt(() => Promise.reject(boom))).toEqual({
      ok: false,
      error: boom,
      rejection: undefined,
    });
    const refused = await stack.attempt(() => 'answer');
    expect(refused).toMatchObject({ ok: false, rejection: { code: 'HF_CIRCUIT_OPEN' } });
    expect(!refused.ok && refused.error === refused.rejection).toBe(true);
  });

  test('makes no call synchronously fail: execute rejects', async () => {
    const { breaker } = benchOf();
    const execution = pipeline(breaker).execute(() => {
      throw boom;
    });
    await expect(execution).rejects.toBe(boom);
  });
});

describe('wrap of a pipeline', () => {
  test('keeps arguments and this', async () => {
    const stack = pipeline(retry(), userPolicy());
    const shop = {
      city: 'Bergen',
      greet: stack.wrap(function greet(this: { city: string }, name: string, times: number) {
        return `${name} of ${this.city} `.repeat(times);
      }),
    };
    expect(await shop.greet('Ada', 2)).toBe('Ada of Bergen Ada of Bergen ');
  });

  test('withContext puts the context before the arguments', async () => {
    const stack = pipeline(retry(), userPolicy());
    const shop = {
      city: 'Bergen',
      greet: stack.wrap.withContext(function greet(this: { city: string }, context, name: string) {
        return `${name} of ${this.city}, attempt ${context.attempt}`;
      }),
    };
    expect(await shop.greet('Ada')).toBe('Ada of Bergen, attempt 1');
  });

  test('takes options from the arguments', async () => {
    const stack = pipeline(retry());
    const keyOf = stack.wrap.withContext(
      ({ key }, tenant: string) => `${key}/${tenant}`,
      (tenant) => ({ key: tenant }),
    );
    expect(await keyOf('north')).toBe('north/north');
    const plain = stack.wrap(
      (tenant: string) => tenant,
      () => ({ signal: AbortSignal.abort(boom) }),
    );
    await expect(plain('north')).rejects.toBe(boom);
  });

  test('a throw where the options are made is a rejection, and no call is made', async () => {
    let calls = 0;
    const wrapped = pipeline(retry()).wrap(
      () => calls++,
      () => {
        throw boom;
      },
    );
    await expect(wrapped()).rejects.toBe(boom);
    expect(calls).toBe(0);
  });

  test('is the same each time it is read', () => {
    const stack = pipeline(retry());
    expect(stack.wrap).toBe(stack.wrap);
  });
});
