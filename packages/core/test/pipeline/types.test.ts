import { expectTypeOf, test } from 'vitest';
import {
  fallback,
  pipeline,
  retry,
  timeout,
  type Call,
  type CallContext,
  type Executable,
  type Pipeline,
  type Policy,
  type Result,
  type RunOptions,
} from '../../src/index.ts';
import { benchOf } from '../support/breaker.ts';
import { userPolicy } from '../support/calls.ts';

interface Order {
  readonly id: string;
}

const order = (): Promise<Order> => Promise.resolve({ id: 'one' });
const none = fallback({ to: () => null });
const missing = fallback({ to: () => undefined });
const dead = fallback({
  to: (): never => {
    throw new Error('dead');
  },
});
const patience = timeout({ timeoutMs: 100 });
const { breaker } = benchOf();

test('the type of the call’s result flows through every policy', () => {
  for (const policy of [retry(), patience, pipeline(retry()), breaker]) {
    expectTypeOf(policy.execute(order)).toEqualTypeOf<Promise<Order>>();
    expectTypeOf(policy.execute(() => 1)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(policy.attempt(order)).toEqualTypeOf<Promise<Result<Order>>>();
  }
  expectTypeOf(userPolicy().execute(order)).toEqualTypeOf<Promise<Order>>();
});

test('and through a pipeline of any length', () => {
  const one = retry();
  expectTypeOf(pipeline(one).execute(order)).toEqualTypeOf<Promise<Order>>();
  const five = pipeline(one, breaker, patience, one, breaker);
  expectTypeOf(five.execute(order)).toEqualTypeOf<Promise<Order>>();
  const twelve = pipeline(one, one, one, one, one, one, one, one, one, one, breaker, patience);
  expectTypeOf(twelve.execute(order)).toEqualTypeOf<Promise<Order>>();
  const listed: readonly Executable[] = [one, breaker];
  expectTypeOf(pipeline(...listed).execute(order)).toEqualTypeOf<Promise<Order>>();
  expectTypeOf(five).toEqualTypeOf<Pipeline>();
});

test('a fallback widens it, wherever it stands', () => {
  expectTypeOf(none.execute(order)).toEqualTypeOf<Promise<Order | null>>();
  expectTypeOf(none.attempt(order)).toEqualTypeOf<Promise<Result<Order | null>>>();
  for (const stack of [
    pipeline(none),
    pipeline(none, retry()),
    pipeline(retry(), none),
    pipeline(retry(), pipeline(none, patience), breaker),
  ]) {
    expectTypeOf(stack).toEqualTypeOf<Pipeline<null>>();
    expectTypeOf(stack.execute(order)).toEqualTypeOf<Promise<Order | null>>();
    expectTypeOf(stack.attempt(order)).toEqualTypeOf<Promise<Result<Order | null>>>();
  }
});

test('two fallbacks widen it twice; one that answers nothing, by undefined; one that throws, not at all', () => {
  const two = pipeline(none, retry(), fallback({ to: () => 'instead' }));
  expectTypeOf(two.execute(order)).toEqualTypeOf<Promise<Order | null | string>>();
  expectTypeOf(pipeline(missing, retry()).execute(order)).toEqualTypeOf<
    Promise<Order | undefined>
  >();
  expectTypeOf(pipeline(dead, retry()).execute(order)).toEqualTypeOf<Promise<Order>>();
  const later = fallback({ to: async () => await Promise.resolve(7) });
  expectTypeOf(pipeline(later).execute(order)).toEqualTypeOf<Promise<Order | number>>();
});

test('a user’s own policy adds nothing, or what it says', () => {
  const own = {
    name: 'own',
    execute: <T>(call: Call<T>, options?: RunOptions) => retry().execute(call, options),
  };
  expectTypeOf(pipeline(own, retry()).execute(order)).toEqualTypeOf<Promise<Order>>();
  expectTypeOf(pipeline(retry(), own).execute(order)).toEqualTypeOf<Promise<Order>>();
  const said = userPolicy() as Executable<'maybe'>;
  expectTypeOf(pipeline(said, none).execute(order)).toEqualTypeOf<
    Promise<Order | 'maybe' | null>
  >();
});

test('wrap keeps the arguments and widens the result', () => {
  const stack = pipeline(none, retry());
  const wrapped = stack.wrap((id: string, count?: number) => ({ id, count }));
  expectTypeOf(wrapped).parameters.toEqualTypeOf<[id: string, count?: number | undefined]>();
  expectTypeOf(wrapped).returns.resolves.toEqualTypeOf<{
    id: string;
    count: number | undefined;
  } | null>();
  const inContext = retry().wrap.withContext((context, id: string) => {
    expectTypeOf(context).toEqualTypeOf<CallContext>();
    return id;
  });
  expectTypeOf(inContext).parameters.toEqualTypeOf<[id: string]>();
  expectTypeOf(inContext).returns.resolves.toEqualTypeOf<string>();
});

test('wrap gives the options the same arguments, and asks for the same this', () => {
  retry().wrap(
    (id: string) => id,
    (id) => {
      expectTypeOf(id).toEqualTypeOf<string>();
      return { key: id };
    },
  );
  const method = retry().wrap(function read(this: Order) {
    return this.id;
  });
  expectTypeOf(method).thisParameter.toEqualTypeOf<Order>();
});

test('events are typed by their names', () => {
  patience.on('timeout', ({ code, afterMs }) => {
    expectTypeOf(code).toExtend<string>();
    expectTypeOf(afterMs).toEqualTypeOf<number>();
  });
  retry().on('retry', (event) => {
    expectTypeOf(event).toEqualTypeOf<{
      readonly name: string;
      readonly attempt: number;
      readonly delayMs: number;
    }>();
  });
  // @ts-expect-error -- a timeout never retries
  patience.on('retry', () => undefined);
});

test('options are checked', () => {
  const never = (): void => {
    // @ts-expect-error -- how long?
    timeout({});
    // @ts-expect-error -- answer what?
    fallback({});
    // @ts-expect-error -- no such jitter
    retry({ backoff: { jitter: 'some' } });
    // @ts-expect-error -- that is no policy
    pipeline({ name: 'own' });
    // @ts-expect-error -- a pipeline has no options of its own
    pipeline(retry()).update({ attempts: 3 });
  };
  expectTypeOf(never).toBeFunction();
  expectTypeOf(retry()).toExtend<Policy<{ readonly attempts?: number | undefined }>>();
});
