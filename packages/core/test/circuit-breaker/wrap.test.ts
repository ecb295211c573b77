import { describe, expect, expectTypeOf, it } from 'vitest';
import type { CallContext, CircuitBreaker, Result } from '../../src/index.ts';
import { benchOf, fail } from '../support/breaker.ts';

class Shop {
  readonly currency = 'EUR';

  price(this: Shop, amount: number, digits: number): string {
    return `${amount.toFixed(digits)} ${this.currency}`;
  }
}

describe('a wrapped function', () => {
  it('takes the same arguments and gives a promise of the same value', async () => {
    const { breaker } = benchOf();
    const add = breaker.wrap((a: number, b: number) => a + b);
    expectTypeOf(add).parameters.toEqualTypeOf<[a: number, b: number]>();
    expectTypeOf(add).returns.toEqualTypeOf<Promise<number>>();
    await expect(add(2, 3)).resolves.toBe(5);
  });

  it('unwraps what an async function gives', async () => {
    const { breaker } = benchOf();
    const load = breaker.wrap(async (id: string): Promise<{ readonly id: string }> => ({ id }));
    expectTypeOf(load).returns.toEqualTypeOf<Promise<{ readonly id: string }>>();
    await expect(load('a')).resolves.toEqual({ id: 'a' });
  });

  it('keeps its this, as a method and by call', async () => {
    const { breaker } = benchOf();
    const shop = Object.assign(new Shop(), { guarded: breaker.wrap(Shop.prototype.price) });
    expectTypeOf(shop.guarded).thisParameter.toEqualTypeOf<Shop>();
    await expect(shop.guarded(5, 2)).resolves.toBe('5.00 EUR');
    await expect(shop.guarded.call(new Shop(), 5, 0)).resolves.toBe('5 EUR');
  });

  it('takes optional, default and rest arguments as they come', async () => {
    const { breaker } = benchOf();
    const join = breaker.wrap((...words: string[]) => words.join(' '));
    const greet = breaker.wrap((name: string, greeting: string = 'hello') => `${greeting} ${name}`);
    await expect(join('a', 'b', 'c')).resolves.toBe('a b c');
    await expect(greet('world')).resolves.toBe('hello world');
  });

  it('is refused when the circuit is open, without being called', async () => {
    const { breaker } = benchOf();
    let called = 0;
    const wrapped = breaker.wrap(() => called++);
    fail(breaker);
    await expect(wrapped()).rejects.toMatchObject({ code: 'HF_CIRCUIT_OPEN' });
    expect(called).toBe(0);
  });

  it('rejects with the error of the function itself, thrown or rejected', async () => {
    const { breaker } = benchOf();
    const error = new Error('own');
    const wrapped = breaker.wrap((): number => {
      throw error;
    });
    await expect(wrapped()).rejects.toBe(error);
    expect(breaker.snapshot().counters.failures).toBe(1);
  });

  it('runs with the options that are made of its arguments', async () => {
    const { breaker } = benchOf();
    const reason = new Error('gone');
    let called = 0;
    const wrapped = breaker.wrap(
      (_signal: AbortSignal, _id: string) => called++,
      (signal, id) => {
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        expectTypeOf(id).toEqualTypeOf<string>();
        return { signal };
      },
    );
    await expect(wrapped(AbortSignal.abort(reason), 'a')).rejects.toBe(reason);
    expect(called).toBe(0);
    await expect(wrapped(new AbortController().signal, 'a')).resolves.toBe(0);
  });

  it('rejects when its options cannot be made, and counts nothing', async () => {
    const { breaker } = benchOf();
    const wrapped = breaker.wrap(
      () => 1,
      () => {
        throw new Error('options');
      },
    );
    await expect(wrapped()).rejects.toThrow('options');
    expect(breaker.snapshot().counters).toMatchObject({ admitted: 0, failures: 0 });
  });
});

describe('a function wrapped with its context', () => {
  it('gets the context before its own arguments', async () => {
    const { breaker } = benchOf();
    const describeCall = breaker.wrap.withContext(
      (context: CallContext, id: string) => `${id} ${context.attempt} ${context.priority}`,
    );
    expectTypeOf(describeCall).parameters.toEqualTypeOf<[id: string]>();
    expectTypeOf(describeCall).returns.toEqualTypeOf<Promise<string>>();
    await expect(describeCall('a')).resolves.toBe('a 1 0');
  });

  it('keeps its this', async () => {
    const { breaker } = benchOf();
    const wrapped = breaker.wrap.withContext(function name(
      this: { readonly tenant: string },
      _context: CallContext,
      id: string,
    ) {
      return `${this.tenant}/${id}`;
    });
    await expect(wrapped.call({ tenant: 'acme' }, '7')).resolves.toBe('acme/7');
  });

  it('sees what its options say', async () => {
    const { breaker, clock } = benchOf();
    const { signal } = new AbortController();
    const wrapped = breaker.wrap.withContext(
      (context: CallContext, key: string) => [
        context.signal === signal,
        context.key === key,
        context.deadline,
        context.remainingMs(),
        context.priority,
      ],
      (key) => ({ signal, key, deadline: 250, priority: 3 }),
    );
    clock.advance(100);
    await expect(wrapped('tenant')).resolves.toEqual([true, true, 250, 150, 3]);
  });
});

describe('the types of a breaker', () => {
  it('follow the call', () => {
    expectTypeOf<CircuitBreaker['execute']>().toBeCallableWith(() => 1);
    const { breaker } = benchOf();
    const types = () => ({
      plain: breaker.execute(() => 'a' as const),
      async: breaker.execute(async ({ signal }) => signal.aborted),
      attempt: breaker.attempt(() => 5),
      sync: breaker.executeSync(() => new Date(0)),
    });
    expectTypeOf(types).returns.toEqualTypeOf<{
      plain: Promise<'a'>;
      async: Promise<boolean>;
      attempt: Promise<Result<number>>;
      sync: Date;
    }>();
    expect(breaker.state).toBe('CLOSED');
  });
});
