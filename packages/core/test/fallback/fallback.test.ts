import { describe, expect, test } from 'vitest';
import { fallback, pipeline, timeout, type Executable } from '../../src/index.ts';
import { virtualClock } from '../../src/testing/index.ts';
import { listenersOn, recorded, untilAborted } from '../support/calls.ts';
import { expectInvalid, type Complaint } from '../support/invalid-option.ts';

const boom = new Error('boom');
const failing = (): Promise<string> => Promise.reject(boom);

describe('a fallback', () => {
  test('leaves an answer alone', async () => {
    const policy = fallback({ to: () => 'instead' });
    expect(await policy.execute(() => 'answer')).toBe('answer');
    expect(policy.snapshot()).toEqual({ name: 'fallback', answered: 0 });
  });

  test.each([
    ['at once', () => 'instead'],
    ['later', () => Promise.resolve('instead')],
  ])('answers %s in the stead of a call that fails', async (_title, to) => {
    const policy = fallback({ to });
    expect(await policy.execute(failing)).toBe('instead');
    const answer = await policy.execute(() => {
      throw boom;
    });
    expect(answer).toBe('instead');
    expect(policy.snapshot()).toMatchObject({ answered: 2 });
  });

  test('is told the error as it is, and what the call was told', async () => {
    const seen: unknown[] = [];
    const { contexts, call } = recorded(() => 'instead');
    const policy = fallback({
      to: (error, context) => {
        seen.push(error);
        return call(context);
      },
    });
    const options = { key: 'tenant', priority: 4, deadline: 1e12 };
    for (const error of [undefined, null, 'no', boom]) {
      await policy.execute(() => {
        throw error;
      }, options);
    }
    expect(seen).toEqual([undefined, null, 'no', boom]);
    expect(contexts[0]).toMatchObject(options);
  });

  test.each([
    [
      'throws',
      () => {
        throw new TypeError('worse');
      },
    ],
    ['rejects', () => Promise.reject(new TypeError('worse'))],
  ])('that %s gives the caller its own error', async (_title, to) => {
    await expect(fallback({ to }).execute(failing)).rejects.toThrow('worse');
  });

  test('answers only for errors that when names', async () => {
    const asked: unknown[] = [];
    const policy = fallback({
      to: () => 'instead',
      when: (error) => {
        asked.push(error);
        return error instanceof RangeError;
      },
    });
    await expect(policy.execute(failing)).rejects.toBe(boom);
    expect(await policy.execute(() => Promise.reject(new RangeError('far')))).toBe('instead');
    expect(asked).toHaveLength(2);
    expect(policy.snapshot()).toMatchObject({ answered: 1 });
  });

  test('whose when throws gives the caller that error', async () => {
    const policy = fallback({
      to: () => 'instead',
      when: () => {
        throw new TypeError('bad predicate');
      },
    });
    await expect(policy.execute(failing)).rejects.toThrow('bad predicate');
  });

  test('hears of the caller’s abort while it makes its answer, and leaves no listener', async () => {
    const caller = new AbortController();
    const policy = fallback({ to: (_error, context) => untilAborted(context) });
    const result = policy.attempt(failing, { signal: caller.signal });
    await Promise.resolve();
    await Promise.resolve();
    caller.abort(boom);
    expect(await result).toEqual({ ok: false, error: boom });
    expect(listenersOn(caller.signal)).toBe(0);
  });

  test('obeys update, which keeps what it is not told', async () => {
    const policy = fallback<string>({ to: () => 'instead', when: () => true });
    policy.update({ to: () => 'other' });
    expect(await policy.execute(failing)).toBe('other');
    policy.update({ when: () => false });
    await expect(policy.execute(failing)).rejects.toBe(boom);
    expect(policy.snapshot()).toMatchObject({ answered: 1 });
    const update = policy.update.bind(policy) as (change: unknown) => void;
    expectInvalid(() => update({ to: 'other' }), { type: TypeError, option: 'to', value: 'other' });
    expectInvalid(() => update({ name: 'x' }), { type: TypeError, option: 'name', value: 'x' });
    await expect(policy.execute(failing)).rejects.toBe(boom);
  });

  test('works on once it is disposed: it holds nothing', async () => {
    const policy = fallback({ name: 'menu', to: () => 'instead' });
    policy[Symbol.dispose]();
    expect(await policy.execute(failing)).toBe('instead');
    expect(policy.name).toBe('menu');
  });
});

describe('a value', () => {
  test.each<[unknown]>([['instead'], [0], [''], [false], [null], [undefined]])(
    'answers as it is: %o',
    async (value) => {
      const policy = fallback({ value });
      expect(await policy.execute(failing)).toBe(value);
      expect(policy.snapshot()).toEqual({ name: 'fallback', answered: 1 });
    },
  );

  test('is the same one each time', async () => {
    const value = { items: [] };
    const policy = fallback({ value });
    expect(await policy.execute(failing)).toBe(value);
    expect(await policy.execute(failing)).toBe(value);
  });

  test('is not looked at when the options change behind its back', async () => {
    const options: { value: unknown } = { value: 'instead' };
    const policy = fallback(options);
    options.value = 'other';
    expect(await policy.execute(failing)).toBe('instead');
  });
});

describe('update between a value and a function', () => {
  const boomOf = (policy: Executable<unknown>): Promise<unknown> => policy.execute(failing);

  test('each takes the place of the other, and when stays', async () => {
    const when = (error: unknown): boolean => error === boom;
    const policy = fallback<string>({ value: 'one', when });
    policy.update({ to: () => 'two' });
    expect(await boomOf(policy)).toBe('two');
    policy.update({ value: 'three' });
    expect(await boomOf(policy)).toBe('three');
    policy.update({ to: () => 'four' });
    expect(await boomOf(policy)).toBe('four');
    await expect(policy.execute(() => Promise.reject(new Error('other')))).rejects.toThrow('other');
    expect(policy.snapshot()).toEqual({ name: 'fallback', answered: 3 });
  });

  test('undefined is a value to change to', async () => {
    const policy = fallback<string | undefined>({ to: () => 'one' });
    policy.update({ value: undefined });
    expect(await boomOf(policy)).toBeUndefined();
  });

  test('a value takes the place of a function’s policy, too', async () => {
    const guard = timeout({ timeoutMs: 100, clock: virtualClock() });
    const policy = fallback<string>({ to: () => 'one', policy: guard });
    policy.update({ to: () => 'two' });
    expect(pipeline(policy).describe()).toMatchObject([{ options: { policy: 'timeout' } }]);
    policy.update({ value: 'three' });
    expect(await boomOf(policy)).toBe('three');
    expect(pipeline(policy).describe()).toMatchObject([{ options: { value: 'three' } }]);
  });

  test('that contradicts itself changes nothing', async () => {
    const policy = fallback<string>({ value: 'one' });
    const update = policy.update.bind(policy) as (change: unknown) => void;
    const both: Complaint = { type: RangeError, option: 'value', value: 'two' };
    expectInvalid(() => update({ value: 'two', to: () => 'two' }), both);
    const nothing: Complaint = { type: TypeError, option: 'to', value: null };
    expectInvalid(() => update({ to: null }), nothing);
    const guard = timeout({ timeoutMs: 100, clock: virtualClock() });
    const alone: Complaint = { type: RangeError, option: 'policy', value: guard };
    expectInvalid(() => update({ policy: guard }), alone);
    expect(await boomOf(policy)).toBe('one');
  });
});

describe('options', () => {
  const made = fallback as (options: unknown) => unknown;
  const guard = timeout({ timeoutMs: 100, clock: virtualClock() });

  test.each<[unknown, string, unknown, Complaint['type']?]>([
    [undefined, 'fallback', undefined],
    [() => 'no', 'fallback', () => 'no'],
    [{}, 'to', undefined],
    [{ to: undefined }, 'to', undefined],
    [{ to: null }, 'to', null],
    [{ to: 'instead' }, 'to', 'instead'],
    [{ to: () => 1, when: true }, 'when', true],
    [{ to: () => 1, name: 7 }, 'name', 7],
    [{ to: () => 1, value: 1 }, 'value', 1, RangeError],
    [{ to: () => 1, value: null }, 'value', null, RangeError],
    [{ value: 1, policy: guard }, 'policy', guard, RangeError],
    [{ to: () => 1, policy: 'guard' }, 'policy', 'guard'],
    [{ to: () => 1, policy: null }, 'policy', null],
    [{ to: () => 1, policy: { name: 'guard' } }, 'policy', { name: 'guard' }],
    [{ to: () => 1, instead: 1 }, 'fallback.instead', 1],
  ])('%o is a mistake in %s', (options, option, value, type = TypeError) => {
    expectInvalid(() => made(options), { type, option, value });
  });

  test('a value that is undefined beside a function is none', async () => {
    expect(await fallback({ to: () => 'instead', value: undefined }).execute(failing)).toBe(
      'instead',
    );
  });
});
