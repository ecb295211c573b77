import assert from 'node:assert/strict';
import {
  circuitBreaker,
  consecutive,
  isRefusal,
  pipeline,
  retry,
  timeout,
  type Call,
  type CallContext,
  type Clock,
  type Executable,
  type RunOptions,
} from '@holdfast/core';
import { answers, fails, hangs, scripted, succeeds, virtualClock } from '@holdfast/core/testing';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';

interface LastGoodOptions<Value> {
  readonly name: string;
  readonly maxAgeMs: number;
  readonly maxKeys: number;
  /** Which results are kept; the others pass through. */
  readonly keeps: (result: unknown) => result is Value;
  readonly clock?: Pick<Clock, 'now'>;
}

interface LastGood<Value> extends Executable<Value>, Disposable {
  snapshot(): { readonly name: string; readonly keys: number; readonly failures: number };
}

const contextOf = (options: RunOptions, clock: Pick<Clock, 'now'>): CallContext => {
  const { signal = new AbortController().signal, deadline, key, priority = 0 } = options;
  const remainingMs = (): number =>
    deadline === undefined ? Infinity : Math.max(0, deadline - clock.now());
  return { signal, attempt: 1, deadline, key, priority, remainingMs };
};

/** While the call fails, answers with what it last gave for the same key. */
const lastGood = <Value>(options: LastGoodOptions<Value>): LastGood<Value> => {
  const { name, maxAgeMs, maxKeys, keeps, clock = performance } = options;
  const kept = new Map<string | undefined, { readonly value: Value; readonly atMs: number }>();
  let failures = 0;

  const keep = (key: string | undefined, value: Value): void => {
    kept.delete(key);
    kept.set(key, { value, atMs: clock.now() });
    const [oldest] = kept.keys();
    if (kept.size > maxKeys) kept.delete(oldest);
  };

  return {
    name,
    execute: async <T>(call: Call<T>, run: RunOptions = {}): Promise<T | Value> => {
      const { signal, key } = run;
      signal?.throwIfAborted();
      let result: T;
      try {
        result = await call(contextOf(run, clock));
      } catch (error) {
        if (signal?.aborted === true) throw error;
        if (!isRefusal(error)) failures++;
        const last = kept.get(key);
        if (last === undefined || clock.now() - last.atMs > maxAgeMs) throw error;
        return last.value;
      }
      if (keeps(result)) keep(key, result);
      return result;
    },
    snapshot: () => ({ name, keys: kept.size, failures }),
    [Symbol.dispose]: () => kept.clear(),
  };
};

const isPrice = (result: unknown): result is number => typeof result === 'number';

const pricesOf = (clock: Clock, maxKeys = 1_000): LastGood<number> =>
  lastGood({ name: 'prices', maxAgeMs: 60_000, maxKeys, keeps: isPrice, clock });

test('answers with the last price for a minute', async () => {
  const clock = virtualClock();
  const prices = lastGood({
    name: 'prices',
    maxAgeMs: 60_000,
    maxKeys: 1_000,
    keeps: isPrice,
    clock,
  });
  const ask = scripted(succeeds(42).then(fails()), { clock });
  const asked = { key: 'ABC' };

  assert.equal(await prices.execute(ask, asked), 42);
  clock.advance(60_000);
  assert.equal(await prices.execute(ask, asked), 42);
  await assert.rejects(prices.execute(ask, { key: 'XYZ' }), /scripted/);
  clock.advance(1);
  await assert.rejects(prices.execute(ask, asked), /scripted/);
  assert.deepEqual(prices.snapshot(), { name: 'prices', keys: 1, failures: 3 });
});

test('last good > retry > breaker > timeout: answers while the circuit is open', async () => {
  const clock = virtualClock();
  const prices = pricesOf(clock);
  const breaker = circuitBreaker({ name: 'exchange', trip: consecutive(1), clock });

  const patience = timeout({ timeoutMs: 200, clock });

  const protect = pipeline(prices, retry({ attempts: 2, clock }), breaker, patience);
  const ask = scripted(succeeds(42).then(hangs()), { clock });

  assert.equal(await protect.execute(ask), 42);
  assert.equal(await clock.runUntilSettled(protect.execute(ask)), 42);
  assert.equal(breaker.state, 'OPEN');
  assert.equal(await clock.runUntilSettled(protect.execute(ask)), 42);
  assert.equal(prices.snapshot().failures, 0); // what failed in the end was a refusal, both times
  assert.equal(ask.calls.length, 2);
});

test('the pipeline knows what the policy may answer, and its name', () => {
  const prices = pricesOf(virtualClock());

  const protect = pipeline(prices, retry());
  expectTypeOf(protect.execute(() => 'a quote')).toEqualTypeOf<Promise<string | number>>();

  expect(protect.name).toBe('prices > retry');
  expect(protect.describe()).toMatchObject([{ policy: 'own', name: 'prices' }, { name: 'retry' }]);
  expect(protect.snapshot()).toMatchObject({ policies: [{ name: 'prices', keys: 0 }, {}] });
});

describe('last good keeps the rules of its page', () => {
  const gone = new Error('gone');

  test('it answers as a table of prices with their times does', async () => {
    const visits = fc.array(
      fc.record({
        gapMs: fc.integer({ min: 0, max: 40_000 }),
        key: fc.constantFrom('A', 'B', 'C'),
        price: fc.option(fc.nat(), { nil: undefined }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(visits, async (plan) => {
        const clock = virtualClock();
        const prices = pricesOf(clock);
        const table: Record<string, { price: number; at: number }> = {};
        for (const { gapMs, key, price } of plan) {
          clock.advance(gapMs);
          const ask = scripted(price === undefined ? fails() : answers(price), { clock });
          if (price !== undefined) table[key] = { price, at: clock.now() };
          const entry = table[key];
          const known = entry !== undefined && clock.now() - entry.at <= 60_000;
          const answer = await prices.execute(ask, { key }).catch(() => 'no price');
          expect(answer).toBe(known ? entry.price : 'no price');
          expect(ask.calls).toMatchObject([{ number: 1, key }]);
        }
      }),
    );
  });

  test('it makes no call for a caller who has given up, and answers none', async () => {
    const clock = virtualClock();
    const prices = pricesOf(clock);
    const ask = scripted(succeeds(42).then(hangs().abortable()), { clock });
    await prices.execute(ask);
    const controller = new AbortController();
    const { signal } = controller;
    const asked = prices.execute(ask, { signal });
    controller.abort(gone);
    await expect(asked).rejects.toBe(gone);
    await expect(prices.execute(ask, { signal })).rejects.toBe(gone);
    expect(ask.calls).toHaveLength(2);
    expect(prices.snapshot().failures).toBe(0);
  });

  test('it hands errors and results on as they are, those it does not keep too', async () => {
    const prices = pricesOf(virtualClock());
    await expect(prices.execute(scripted(fails(1, gone)))).rejects.toBe(gone);
    await expect(
      prices.execute(() => {
        throw gone;
      }),
    ).rejects.toBe(gone);
    const quote = { text: 'none today' };
    expect(await prices.execute(scripted(succeeds(quote)))).toBe(quote);
    await expect(prices.execute(scripted(fails(1, gone)))).rejects.toBe(gone);
  });

  test('it hands on signal, key, priority and deadline', async () => {
    const clock = virtualClock();
    const { signal } = new AbortController();
    const options = { signal, key: 'ABC', priority: 3, deadline: 500 };
    const seen = await pricesOf(clock).execute((context) => context, options);
    expect(seen).toMatchObject({ key: 'ABC', priority: 3, deadline: 500, attempt: 1 });
    assert.ok(typeof seen === 'object');
    expect(seen.signal).toBe(signal);
    clock.advance(100);
    expect(seen.remainingMs()).toBe(400);
    clock.advance(1_000);
    expect(seen.remainingMs()).toBe(0);
    const free = await pricesOf(clock).execute((context) => context.remainingMs());
    expect(free).toBe(Infinity);
  });

  test('it forgets the key that was renewed longest ago when there are too many', async () => {
    const prices = pricesOf(virtualClock(), 2);
    const ask = scripted(answers(1, 2, 3, 4).then(fails()));
    for (const key of ['A', 'B', 'A', 'C']) await prices.execute(ask, { key });
    expect(await prices.execute(ask, { key: 'A' })).toBe(3);
    expect(await prices.execute(ask, { key: 'C' })).toBe(4);
    await expect(prices.execute(ask, { key: 'B' })).rejects.toThrow('scripted');
  });

  test('it keeps nothing once it is disposed of', async () => {
    const prices = pricesOf(virtualClock());
    await prices.execute(() => 42);
    prices[Symbol.dispose]();
    expect(prices.snapshot().keys).toBe(0);
  });

  test('it lives by the clock of the process unless it is given one', async () => {
    const options = { name: 'prices', maxAgeMs: 60_000, maxKeys: 1 };
    const prices = lastGood({ ...options, keeps: isPrice });
    const ask = scripted(succeeds(42).then(fails()));
    expect([await prices.execute(ask), await prices.execute(ask)]).toEqual([42, 42]);
  });
});
