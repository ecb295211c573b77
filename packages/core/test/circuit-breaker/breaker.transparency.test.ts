import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { circuitBreaker, consecutive, timeWindow, tripWhen } from '../../src/index.ts';
import type { CallContext, CircuitBreaker, CircuitBreakerOptions } from '../../src/index.ts';
import { virtualClock } from '../../src/testing/virtual-clock.ts';
import { reactions } from './model/reactions.ts';

const hostile = (): object =>
  new Proxy(
    {},
    {
      get: () => {
        throw new Error('trap');
      },
      has: () => {
        throw new Error('trap');
      },
      getPrototypeOf: () => {
        throw new Error('trap');
      },
    },
  );

/** Anything a call may give or throw. */
const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, '', 'text', 0, -0, NaN, 12n, Symbol('it'), false),
  fc.constantFrom<unknown>(
    Object.freeze({ a: 1 }),
    Object.freeze(new Error('frozen')),
    [],
    () => 1,
  ),
  fc.object(),
);

/** Errors may also be what is not even safe to `await` or to print, so they are made on the spot. */
const anyError = fc.oneof(
  { weight: 4, arbitrary: anything.map((error) => () => error) },
  { weight: 1, arbitrary: fc.constant(hostile) },
);

const KINDS: Record<string, Partial<CircuitBreakerOptions>> = {
  plain: { trip: consecutive(1000) },
  slow: { trip: timeWindow({ slowMs: 10, minCalls: 1000 }) },
  classifying: { classify: ({ ok }) => (ok ? 'success' : 'failure'), trip: consecutive(1000) },
  judging: { isFailure: () => false },
  tripping: { trip: tripWhen(() => false) },
};

const breakerOf = (kind: string): CircuitBreaker =>
  circuitBreaker({ name: kind, clock: virtualClock(), ...KINDS[kind] });

/** A thenable that is no promise, and counts how often it is asked. */
const thenable = (value: unknown, asked: { times: number }): PromiseLike<unknown> => ({
  // oxlint-disable-next-line unicorn/no-thenable -- what the test is about
  then: (resolve) => {
    asked.times++;
    resolve?.(value);
    return new Promise(() => undefined);
  },
});

const outcomeOf = async (promise: Promise<unknown>): Promise<unknown[]> =>
  promise.then(
    (value) => ['value', value],
    (error: unknown) => ['error', error],
  );

const isSame = (outcome: unknown[], kind: string, expected: unknown): boolean =>
  outcome[0] === kind && Object.is(outcome[1], expected);

describe.each(Object.keys(KINDS))('a breaker of kind %s hands on', (kind) => {
  test('values as they are', async () => {
    const breaker = breakerOf(kind);
    const property = fc.asyncProperty(anything, async (value) => {
      const asked = { times: 0 };
      const calls = [() => value, () => Promise.resolve(value), () => thenable(value, asked)];
      for (const call of calls) {
        expect(isSame(await outcomeOf(breaker.execute(call)), 'value', value)).toBe(true);
        const result = await breaker.attempt(call);
        expect(result.ok && Object.is(result.value, value)).toBe(true);
      }
      expect(asked.times).toBe(2);
      expect(
        Object.is(
          breaker.executeSync(() => value),
          value,
        ),
      ).toBe(true);
      expect(Object.is(await breaker.wrap(() => value)(), value)).toBe(true);
    });
    await fc.assert(property, { numRuns: 60 });
    expect(breaker.snapshot().inFlight).toBe(0);
  });

  test('errors as they are, thrown or rejected', async () => {
    const breaker = breakerOf(kind);
    const property = fc.asyncProperty(anyError, async (make) => {
      const error = make();
      const thrown = (): never => {
        throw error;
      };
      for (const call of [thrown, () => Promise.reject(error)]) {
        expect(isSame(await outcomeOf(breaker.execute(call)), 'error', error)).toBe(true);
        const result = await breaker.attempt(call);
        expect(!result.ok && Object.is(result.error, error)).toBe(true);
      }
      let caught: unknown[] = [];
      try {
        breaker.executeSync(thrown);
      } catch (seen) {
        caught = ['error', seen];
      }
      expect(isSame(caught, 'error', error)).toBe(true);
    });
    await fc.assert(property, { numRuns: 60 });
    expect(breaker.snapshot().inFlight).toBe(0);
  });

  test('a value whose `then` cannot be read, as far as a promise can, and keeps no slot for it', async () => {
    const breaker = breakerOf(kind);
    const value = hostile();
    expect(
      Object.is(
        breaker.executeSync(() => value),
        value,
      ),
    ).toBe(true);
    await expect(breaker.execute(() => value)).rejects.toThrow('trap');
    expect(breaker.snapshot()).toMatchObject({ inFlight: 0, counters: { admitted: 2 } });
  });
});

/** The three ways in that take a signal. */
const ENTRANCES: Record<
  string,
  (
    breaker: CircuitBreaker,
    call: (context: CallContext) => unknown,
    signal: AbortSignal,
  ) => Promise<unknown>
> = {
  execute: (breaker, call, signal) => breaker.execute(call, { signal }),
  attempt: async (breaker, call, signal) => {
    const result = await breaker.attempt(call, { signal });
    if (result.ok) return result.value;
    throw result.error;
  },
  wrap: (breaker, call, signal) => breaker.wrap.withContext(call, () => ({ signal }))(),
};

describe.each(Object.entries(ENTRANCES))('with %s and a signal', (_, enter) => {
  test('an abort before admission calls nothing and counts nothing', async () => {
    const property = fc.asyncProperty(
      anything,
      fc.constantFrom(...Object.keys(KINDS)),
      async (reason, kind) => {
        const breaker = breakerOf(kind);
        const before = breaker.snapshot();
        const controller = new AbortController();
        controller.abort(reason);
        let ran = 0;
        const outcome = await outcomeOf(enter(breaker, () => ran++, controller.signal));
        expect(isSame(outcome, 'error', controller.signal.reason)).toBe(true);
        expect(ran).toBe(0);
        expect(breaker.snapshot()).toEqual(before);
      },
    );
    await fc.assert(property, { numRuns: 40 });
  });

  test.each(['value', 'error', 'refused', 'aborted'])(
    'nothing is left on the signal after %s',
    async (ending) => {
      for (const kind of Object.keys(KINDS)) {
        const breaker = breakerOf(kind);
        const controller = new AbortController();
        const { signal } = controller;
        if (ending === 'refused') breaker.open(1000);
        const call = async (context: CallContext): Promise<void> => {
          expect(context.signal.aborted).toBe(false);
          if (ending === 'aborted') controller.abort();
          await Promise.resolve();
          context.signal.throwIfAborted();
          if (ending === 'error') throw new Error('down');
        };
        const [outcome] = await outcomeOf(enter(breaker, call, signal));
        expect(outcome).toBe(ending === 'value' ? 'value' : 'error');
        expect(getEventListeners(signal, 'abort')).toHaveLength(0);
      }
    },
  );
});

test('a call that waited leaves nothing on its signal, however the wait ended', async () => {
  const clock = virtualClock();
  const halfOpen = { overflow: { waitMs: 50, max: 5 } };
  const breaker = circuitBreaker({ name: 'waits', halfOpen, clock });
  const controllers = [1, 2, 3].map(() => new AbortController());
  breaker.open(0);
  const probe = breaker.tryAcquire();
  const [admitted, aborted, timedOut] = controllers.map(({ signal }) =>
    outcomeOf(breaker.acquire({ signal })),
  );
  expect(controllers.map(({ signal }) => getEventListeners(signal, 'abort').length)).toEqual([
    1, 1, 1,
  ]);
  if (probe.admitted) probe.success();
  const reason = new Error('enough');
  controllers[1]?.abort(reason);
  clock.advance(50);
  await reactions();
  expect(await admitted).toMatchObject(['value', { admitted: true, probe: true }]);
  expect(await aborted).toEqual(['error', reason]);
  expect(await timedOut).toMatchObject(['value', { admitted: false, code: 'HF_PROBE_LIMIT' }]);
  expect(controllers.map(({ signal }) => getEventListeners(signal, 'abort').length)).toEqual([
    0, 0, 0,
  ]);
});

describe('judges that call back into the breaker', () => {
  test.each(['reset', 'open'] as const)(
    'a predicate that calls %s makes its own settlement late',
    (command) => {
      const breaker: CircuitBreaker = circuitBreaker({
        name: 'reentrant',
        trip: tripWhen(() => {
          breaker[command]();
          return true;
        }),
        clock: virtualClock(),
      });
      const permit = breaker.tryAcquire();
      if (permit.admitted) permit.failure();
      expect(breaker.snapshot()).toMatchObject({
        state: command === 'open' ? 'OPEN' : 'CLOSED',
        consecutiveOpens: 0,
        generation: 1,
        counters: { failures: 0, lateFailures: 1 },
      });
    },
  );

  test('what a judge did is heard when its settlement is over', async () => {
    const breaker: CircuitBreaker = circuitBreaker({
      name: 'reentrant',
      classify: () => {
        breaker.open();
        return 'failure';
      },
      clock: virtualClock(),
    });
    const late: number[] = [];
    breaker.on('transition', () => void late.push(breaker.snapshot().counters.lateFailures));
    await breaker.execute(() => 'value');
    expect(late).toEqual([1]);
  });

  test('a probe that calls its own breaker is refused like any other', async () => {
    const breaker = circuitBreaker({
      name: 'reentrant',
      halfOpen: { probes: 2 },
      clock: virtualClock(),
    });
    breaker.open(0);
    const inner = await breaker.execute(() => breaker.attempt(() => 'inner'));
    expect(inner).toMatchObject({ ok: false, error: { code: 'HF_PROBE_LIMIT' } });
    expect(breaker.snapshot()).toMatchObject({ probes: { successes: 1, unsettled: 0 } });
  });
});
