import { describe, expect, test } from 'vitest';
import {
  memoryStore,
  sharedRateLimit,
  StoreError,
  type SharedRateLimitOptions,
  type Store,
} from '../../../src/stateless/index.ts';
import { RecordingClock } from '../../support/recording-clock.ts';
import { hearWarnings } from '../../support/warnings.ts';
import { failOnMistakes } from './mistakes.ts';

failOnMistakes();

/** A store in memory of which some operations are somebody else's. */
const brokenStore = (clock: RecordingClock, broken: Record<string, unknown>): Store =>
  new Proxy(memoryStore({ clock }), {
    get: (store, name) => {
      const method: unknown = broken[String(name)] ?? Reflect.get(store, name, store);
      return typeof method === 'function' ? method.bind(store) : method;
    },
  });

const rigOf = (broken: Record<string, unknown>, options: Partial<SharedRateLimitOptions> = {}) => {
  const clock = new RecordingClock();
  const store = brokenStore(clock, broken);
  const numbers = options.quota === undefined ? { rate: 10, burst: 100 } : {};
  const limit = sharedRateLimit({
    ...numbers,
    onStoreLoss: 'allow',
    ...options,
    store,
    clock,
  } as SharedRateLimitOptions);
  return { clock, store, limit };
};

const NUMBERS = { units: 1, remaining: 1, retryMs: 0, moreMs: 0, resetMs: 0 };

const GARBAGE: readonly unknown[] = [
  undefined,
  null,
  'yes',
  { units: 0, remaining: 1 },
  { ...NUMBERS, units: Number.NaN },
  { ...NUMBERS, units: Infinity },
  { ...NUMBERS, units: 0.5 },
  { ...NUMBERS, units: -1 },
  { ...NUMBERS, moreMs: Number.NaN },
  { ...NUMBERS, resetMs: '7' },
];

const KINDS: readonly (readonly [string, Partial<SharedRateLimitOptions>])[] = [
  ['units taken in advance', { leasing: true }],
  ['a rate', {}],
  ['a quota', { quota: 10, windowMs: 1_000 }],
];

describe.each(KINDS)('a store that breaks its word, with %s', (_, options) => {
  test.each(GARBAGE)('fails the calls it answers %o, and no others', async (garbage) => {
    let answer = garbage;
    const answers = (): Promise<unknown> => Promise.resolve(answer);
    const { limit } = rigOf({ take: answers, count: answers }, options);
    const calls = await Promise.allSettled([limit.take(), limit.take(), limit.take()]);
    for (const call of calls) {
      expect(call).toMatchObject({ status: 'rejected', reason: expect.any(TypeError) });
    }
    answer = { ...NUMBERS, span: 1 };
    expect(await limit.take()).toMatchObject({ admitted: true, source: 'shared' });
  });

  test('fails the calls in which it throws, each of them', async () => {
    let asked = 0;
    const throws = (): never => {
      asked++;
      throw new Error('a bug of the store');
    };
    const { limit } = rigOf({ take: throws, count: throws }, options);
    for (let call = 1; call <= 3; call++) {
      await expect(limit.take({ key: 'a' })).rejects.toThrow('a bug of the store');
      expect(asked).toBe(call);
    }
    await expect(limit.reset('a')).rejects.toThrow('a bug of the store');
  });

  test('is lost where it throws that it is', async () => {
    const throws = (): never => {
      throw new StoreError('broken', 'not-sent');
    };
    const { limit } = rigOf({ take: throws, count: throws }, options);
    expect(await limit.take()).toMatchObject({ admitted: true, source: 'policy' });
    await expect(limit.reset()).rejects.toBeInstanceOf(StoreError);
  });

  test('answers at once, and is understood', async () => {
    const answers = (): object => ({ ...NUMBERS, span: 1 });
    const { limit } = rigOf({ take: answers, count: answers }, options);
    expect(await limit.take()).toMatchObject({ admitted: true, source: 'shared' });
  });

  test('takes nothing back: the process is warned, once, and the caller is not', async () => {
    const warnings = hearWarnings();
    let broken = false;
    const memory = memoryStore();
    const { take, count } = memory;
    const breakable =
      (operation: typeof take | typeof count) =>
      (...args: unknown[]): unknown => {
        if (broken) throw new Error('a bug of the store');
        return Reflect.apply(operation, memory, args);
      };
    const { limit } = rigOf({ take: breakable(take), count: breakable(count) }, options);
    const taken = await limit.take({ key: 'a' });
    limit[Symbol.dispose]();
    broken = true;
    if (taken.admitted) taken.giveBack();
    await new Promise(setImmediate);
    expect(warnings).toMatchObject([
      { code: 'HF_LISTENER_ERROR', message: expect.stringContaining('a bug of the store') },
    ]);
  });
});

describe('a store that throws as units that were taken in advance go back', () => {
  const rig = async () => {
    let broken = false;
    const clock = new RecordingClock();
    const memory = memoryStore({ clock });
    const take = (...args: Parameters<Store['take']>): ReturnType<Store['take']> => {
      if (broken && args[1].want < 0) throw new Error('a bug of the store');
      return memory.take(...args);
    };
    const store = brokenStore(clock, { take });
    const limit = sharedRateLimit({
      rate: 100,
      burst: 200,
      leasing: true,
      onStoreLoss: 'deny',
      store,
      clock,
    });
    await Promise.all(Array.from({ length: 20 }, () => limit.take()));
    await clock.advanceAsync(50);
    await limit.take();
    broken = true;
    return { clock, limit };
  };

  test('does not throw out of the timer: what else is due is done', async () => {
    const warnings = hearWarnings();
    const { clock, limit } = await rig();
    await clock.advanceAsync(100);
    expect(warnings).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
    expect(await limit.take()).toMatchObject({ admitted: true, source: 'shared' });
  });

  test('does not throw out of dispose', async () => {
    const warnings = hearWarnings();
    const { clock, limit } = await rig();
    limit[Symbol.dispose]();
    await clock.advanceAsync(0);
    expect(warnings).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a store that does not say how many share a limit', () => {
  test.each([undefined, { held: true }, { held: true, holders: Number.NaN }])(
    'leaves the number as it was where it answers %o, and the process is warned',
    async (garbage) => {
      const warnings = hearWarnings();
      const { limit } = rigOf({ lease: () => Promise.resolve(garbage) }, { onStoreLoss: 'local' });
      expect(await limit.take()).toMatchObject({ admitted: true, source: 'shared' });
      await new Promise(setImmediate);
      expect(limit.snapshot().instances).toBe(1);
      expect(warnings).toMatchObject([{ code: 'HF_LISTENER_ERROR' }]);
    },
  );

  test('and throws instead fails no call and no dispose', async () => {
    const warnings = hearWarnings();
    const throws = (): never => {
      throw new Error('a bug of the store');
    };
    const { limit } = rigOf({ lease: throws, release: throws }, { onStoreLoss: 'local' });
    expect(await limit.take()).toMatchObject({ admitted: true, source: 'shared' });
    limit[Symbol.dispose]();
    await new Promise(setImmediate);
    expect(warnings).toHaveLength(2);
  });
});
