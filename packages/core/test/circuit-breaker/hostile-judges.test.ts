import { describe, expect, it } from 'vitest';
import { consecutive, countWindow, tripWhen, type Verdict } from '../../src/index.ts';
import { benchOf, eventsOf, fail, settled } from '../support/breaker.ts';

const trip = consecutive(100);

describe('a classifier', () => {
  const nonsense: readonly { readonly title: string; readonly verdict: unknown }[] = [
    { title: 'nothing', verdict: undefined },
    { title: 'null', verdict: null },
    { title: 'true', verdict: true },
    { title: 'an unknown word', verdict: 'failed' },
    { title: 'a number', verdict: 1 },
    { title: 'an empty object', verdict: {} },
    { title: 'an object without a prototype', verdict: Object.create(null) },
    { title: 'a list', verdict: ['failure'] },
    { title: 'a promise', verdict: Promise.resolve('success') },
    { title: 'a failure without openForMs', verdict: { failure: true } },
    { title: 'openForMs NaN', verdict: { failure: true, openForMs: Number.NaN } },
    { title: 'a negative openForMs', verdict: { failure: true, openForMs: -1 } },
    { title: 'a BigInt openForMs', verdict: { failure: true, openForMs: 5n } },
    { title: 'a symbol', verdict: Symbol('failure') },
    {
      title: 'an object whose getter throws',
      verdict: {
        failure: true,
        get openForMs(): number {
          throw new Error('getter');
        },
      },
    },
  ];

  it.each(nonsense)(
    'that answers $title means failure and is reported once',
    async ({ verdict }) => {
      const classify = () => verdict as Verdict;
      const { breaker, clock, reports } = benchOf({ classify });
      await expect(breaker.execute(() => 'value')).resolves.toBe('value');
      await settled();
      expect(breaker.snapshot()).toMatchObject({ state: 'OPEN', counters: { failures: 1 } });
      expect(reports.map(({ source }) => source)).toEqual(['classify']);
      clock.advance(60_000);
      expect(breaker.tryAcquire().admitted).toBe(true);
    },
  );

  it.each(nonsense)('that answers $title silences no listener', async ({ verdict }) => {
    const { breaker } = benchOf({ classify: () => verdict as Verdict });
    const transitions = eventsOf(breaker, 'transition');
    await breaker.attempt(() => 'value');
    breaker.reset();
    expect(transitions.map(({ to }) => to)).toEqual(['OPEN', 'CLOSED']);
  });

  it('that throws means failure, is reported once, and the call keeps its own end', async () => {
    const thrown = new Error('classify');
    const { breaker, reports } = benchOf({
      trip,
      classify: () => {
        throw thrown;
      },
    });
    await expect(breaker.execute(() => 'value')).resolves.toBe('value');
    await expect(breaker.execute(() => Promise.reject(new Error('own')))).rejects.toThrow('own');
    expect(breaker.executeSync(() => 'sync')).toBe('sync');
    await settled();
    expect(breaker.snapshot().counters.failures).toBe(3);
    const report = { error: thrown, source: 'classify' };
    expect(reports).toEqual([report, report, report]);
  });

  it('that rejects disturbs nobody', async () => {
    const classify = (() => Promise.reject(new Error('async'))) as unknown as () => Verdict;
    const { breaker } = benchOf({ trip, classify });
    const unhandled: unknown[] = [];
    const hear = (error: unknown): void => void unhandled.push(error);
    const others = process.rawListeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', hear);
    await breaker.execute(() => 'value');
    await settled();
    process.off('unhandledRejection', hear);
    for (const other of others) process.on('unhandledRejection', other as never);
    expect(unhandled).toEqual([]);
    expect(breaker.snapshot().counters.failures).toBe(1);
  });

  it('that resets the circuit makes its own call late', async () => {
    const { breaker } = benchOf({
      classify: () => {
        breaker.reset();
        return 'failure';
      },
    });
    await breaker.execute(() => 'value');
    expect(breaker.snapshot()).toMatchObject({ state: 'CLOSED', counters: { lateFailures: 1 } });
  });

  it('that calls through its own circuit is served', async () => {
    let depth = 0;
    const { breaker } = benchOf({
      classify: () => (depth++ === 0 ? breaker.executeSync(() => 'failure' as const) : 'success'),
    });
    await breaker.execute(() => 'value');
    expect(breaker.snapshot().counters).toMatchObject({ successes: 1, failures: 1 });
  });
});

describe('isFailure', () => {
  it('that throws means failure and is reported once', async () => {
    const thrown = new Error('isFailure');
    const { breaker, reports } = benchOf({
      isFailure: () => {
        throw thrown;
      },
    });
    await breaker.attempt(() => Promise.reject(new Error('own')));
    await settled();
    expect(breaker.state).toBe('OPEN');
    expect(reports).toEqual([{ error: thrown, source: 'isFailure' }]);
  });

  it('that says no makes the error a success and leaves it to the caller', async () => {
    const { breaker } = benchOf({ isFailure: () => false });
    await expect(breaker.execute(() => Promise.reject(new Error('404')))).rejects.toThrow('404');
    expect(breaker.snapshot().counters).toMatchObject({ successes: 1, failures: 0 });
  });
});

describe('tripWhen', () => {
  it('that throws does not trip; the outcome stands and the error is reported once', async () => {
    const thrown = new Error('tripWhen');
    const rule = tripWhen(() => {
      throw thrown;
    });
    const { breaker, reports } = benchOf({ trip: [rule, countWindow({ size: 2 })] });
    fail(breaker);
    await settled();
    expect(breaker.snapshot()).toMatchObject({ state: 'CLOSED', window: { failures: 1 } });
    expect(reports).toEqual([{ error: thrown, source: 'tripWhen' }]);
  });

  it('that opens the circuit itself makes its own call late', () => {
    const { breaker } = benchOf({
      trip: tripWhen(() => {
        breaker.open(500);
        return true;
      }),
    });
    fail(breaker);
    expect(breaker.snapshot()).toMatchObject({
      state: 'OPEN',
      retryAfterMs: 500,
      consecutiveOpens: 0,
      counters: { failures: 0, lateFailures: 1 },
    });
  });

  it('that reads the circuit sees what is committed before this outcome', () => {
    const totals: unknown[] = [];
    const { breaker } = benchOf({
      trip: [
        countWindow({ size: 9 }),
        tripWhen(({ total }) => {
          totals.push([total, breaker.snapshot().window?.total]);
          return false;
        }),
      ],
    });
    fail(breaker);
    fail(breaker);
    expect(totals).toEqual([
      [1, 0],
      [2, 1],
    ]);
  });
});
