import { describe, expect, test } from 'vitest';
import { sharedRateLimit } from '../../../src/stateless/index.ts';
import type { SharedRateLimitOptions } from '../../../src/stateless/index.ts';
import { RecordingClock } from '../../support/recording-clock.ts';
import { FaultStore } from './fault-store.ts';
import { failOnMistakes } from './mistakes.ts';

failOnMistakes();

const rigOf = (options: Partial<SharedRateLimitOptions> = {}) => {
  const clock = new RecordingClock();
  const store = new FaultStore(clock);
  const kind = options.quota === undefined ? { rate: 10, burst: 4 } : {};
  const limit = sharedRateLimit({ ...kind, ...options, store, clock } as SharedRateLimitOptions);
  return { clock, store, limit };
};

/** Has so many share the limit, as the store says it. */
const join = async (clock: RecordingClock, store: FaultStore, others: number): Promise<void> => {
  for (let other = 0; other < others; other++) {
    const same = sharedRateLimit({ rate: 10, burst: 4, store: store.another(), clock });
    await same.take();
  }
};

describe('while the store is lost', () => {
  test.each(['not-sent', 'refused', 'stale', 'unknown'] as const)(
    'a limit decides by its own share after "%s"',
    async (failure) => {
      const { store, limit } = rigOf();
      store.failure = failure;
      for (const remaining of [3, 2, 1, 0])
        expect(await limit.take({ key: 'a' })).toMatchObject({
          admitted: true,
          source: 'local',
          remaining,
        });
      expect(await limit.take({ key: 'a' })).toMatchObject({
        admitted: false,
        source: 'local',
        retryAfterMs: 100,
        rejection: { code: 'HF_RATE_LIMITED' },
      });
      expect(await limit.take({ key: 'b' })).toMatchObject({ admitted: true });
      expect(limit.snapshot().keys).toBe(2);
    },
  );

  test('a quota is shared, too', async () => {
    const { store, limit } = rigOf({ quota: 2, windowMs: 1_000 });
    store.failure = 'not-sent';
    const taken = [await limit.take(), await limit.take(), await limit.take()];
    expect(taken.map(({ admitted }) => admitted)).toEqual([true, true, false]);
  });

  test('the store decides again as soon as it is back', async () => {
    const { store, limit } = rigOf();
    store.failure = 'not-sent';
    await limit.take();
    store.failure = undefined;
    expect(await limit.take()).toMatchObject({ source: 'shared', remaining: 3 });
  });

  test('a cost of 0 looks at the share', async () => {
    const { store, limit } = rigOf();
    store.failure = 'not-sent';
    await limit.take({ cost: 3 });
    expect(await limit.take({ cost: 0 })).toMatchObject({ admitted: true, remaining: 1 });
    expect(await limit.take({ key: 'b', cost: 0 })).toMatchObject({ remaining: 4 });
    expect(limit.snapshot().keys).toBe(1);
  });

  test('what was not used comes back to the share', async () => {
    const { store, limit } = rigOf();
    store.failure = 'not-sent';
    const taken = await limit.take({ cost: 4 });
    if (taken.admitted) taken.giveBack();
    expect(await limit.take({ cost: 4 })).toMatchObject({ admitted: true });
  });

  test('a cost above the share is refused for as long', async () => {
    const { clock, store, limit } = rigOf();
    await join(clock, store, 1);
    await limit.take();
    store.failure = 'not-sent';
    expect(await limit.take({ cost: 2 })).toMatchObject({ admitted: true });
    expect(await limit.take({ cost: 3 })).toMatchObject({
      admitted: false,
      retryAfterMs: undefined,
    });
  });

  test('reset gives the share back, too', async () => {
    const { store, limit } = rigOf();
    store.failure = 'not-sent';
    await limit.take({ key: 'a', cost: 4 });
    await limit.reset('a').catch(() => undefined);
    expect(await limit.take({ key: 'a', cost: 4 })).toMatchObject({ admitted: true });
  });

  test('no more than maxKeys are remembered', async () => {
    const { store, limit } = rigOf({ maxKeys: 10 });
    store.failure = 'not-sent';
    for (let client = 0; client < 1_000; client++) await limit.take({ key: `${client}` });
    expect(limit.snapshot().keys).toBe(10);
  });

  test('"allow" admits everybody, and does not pretend to know what is left', async () => {
    const { store, limit } = rigOf({ onStoreLoss: 'allow' });
    store.failure = 'not-sent';
    for (let call = 0; call < 9; call++) {
      const taken = await limit.take({ cost: 4 });
      expect(taken).toMatchObject({ admitted: true, source: 'policy', remaining: 4, resetMs: 0 });
      if (taken.admitted) taken.giveBack();
    }
    expect(store.of('lease')).toEqual([]);
  });

  test('"deny" admits nobody, and says when the store may be back', async () => {
    const { store, limit } = rigOf({ onStoreLoss: 'deny' });
    store.failure = 'not-sent';
    const refused = { admitted: false, source: 'policy', rejection: { code: 'HF_RATE_LIMITED' } };
    expect(await limit.take()).toMatchObject({ ...refused, retryAfterMs: 1_000 });
    store.retryAfterMs = 70;
    expect(await limit.take()).toMatchObject({ ...refused, retryAfterMs: 70, remaining: 0 });
    expect(await limit.take({ cost: 0 })).toMatchObject({ admitted: true, remaining: 0 });
    expect(store.of('lease')).toEqual([]);
  });
});

describe('the share', () => {
  test('is the limit divided by those who use it, and the last number holds', async () => {
    const { clock, store, limit } = rigOf();
    await join(clock, store, 3);
    await limit.take();
    expect(limit.snapshot().instances).toBe(4);
    store.failure = 'not-sent';
    await clock.advanceAsync(60_000);
    expect(await limit.take({ key: 'a' })).toMatchObject({ admitted: true, remaining: 0 });
    // A quarter of 10 a second.
    expect(await limit.take({ key: 'a' })).toMatchObject({ admitted: false, retryAfterMs: 400 });
    expect(limit.snapshot().instances).toBe(4);
  });

  test('is one unit at least', async () => {
    const { clock, store, limit } = rigOf();
    await join(clock, store, 9);
    await limit.take();
    store.failure = 'not-sent';
    expect(await limit.take({ key: 'a' })).toMatchObject({ admitted: true });
    expect(await limit.take({ key: 'a' })).toMatchObject({ admitted: false, retryAfterMs: 1_000 });
  });

  test('shrinks at once as others come, also for keys that are in use', async () => {
    const { clock, store, limit } = rigOf();
    await limit.take();
    await join(clock, store, 1);
    store.failure = 'not-sent';
    expect(await limit.take({ key: 'a', cost: 3 })).toMatchObject({ admitted: true });
    store.failure = undefined;
    await clock.advanceAsync(5_000);
    await limit.take();
    store.failure = 'not-sent';
    expect(await limit.take({ key: 'a', cost: 0 })).toMatchObject({ remaining: 2 });
  });

  test('grows again once the store has said twice that others are gone', async () => {
    const { clock, store, limit } = rigOf();
    await join(clock, store, 1);
    const instances: number[] = [];
    for (let beat = 0; beat < 5; beat++) {
      await limit.take();
      instances.push(limit.snapshot().instances);
      await clock.advanceAsync(5_000);
    }
    expect(instances).toEqual([2, 2, 2, 2, 1]);
  });

  test('knows limits of other numbers or names for others', async () => {
    const { clock, store, limit } = rigOf();
    const other = { store: store.another(), clock };
    await sharedRateLimit({ ...other, rate: 11, burst: 4 }).take();
    await sharedRateLimit({ ...other, quota: 10, windowMs: 4 }).take();
    await sharedRateLimit({ ...other, rate: 10, burst: 4, name: 'b' }).take();
    await sharedRateLimit({ ...other, rate: 10, burst: 4, tenant: 'b' }).take();
    await limit.take();
    expect(limit.snapshot().instances).toBe(1);
  });

  test('is told to the store every 5 s, as long as there are calls', async () => {
    const { clock, store, limit } = rigOf();
    for (let second = 0; second < 20; second++) {
      await limit.take();
      await clock.advanceAsync(1_000);
    }
    expect(store.of('lease').map(({ appliedAt }) => appliedAt)).toEqual([
      0, 5_000, 10_000, 15_000, 20_000,
    ]);
    await clock.advanceAsync(60_000);
    expect(store.of('lease')).toHaveLength(5);
    expect(clock.pendingTimers).toBe(0);
    await limit.take();
    expect(store.of('lease')).toHaveLength(6);
  });

  test('is asked for while the store is lost, too, and no oftener', async () => {
    const { clock, store, limit } = rigOf();
    store.failure = 'not-sent';
    for (let second = 0; second < 10; second++) {
      await limit.take();
      await clock.advanceAsync(1_000);
    }
    expect(store.of('lease')).toHaveLength(3);
  });

  test('is left to the others by dispose', async () => {
    const { clock, store, limit } = rigOf();
    const other = sharedRateLimit({ rate: 10, burst: 4, store: store.another(), clock });
    await limit.take();
    limit[Symbol.dispose]();
    expect(store.of('release')).toHaveLength(1);
    await other.take();
    expect(other.snapshot().instances).toBe(1);
  });
});
