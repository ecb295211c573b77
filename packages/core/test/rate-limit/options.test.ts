import { describe, expect, test } from 'vitest';
import { rateLimit } from '../../src/rate-limit/rate-limit.ts';
import type { RateLimitOptions } from '../../src/rate-limit/types.ts';
import { virtualClock } from '../../src/testing/index.ts';
import { expectInvalid, type Complaint } from '../support/invalid-option.ts';

const made = rateLimit as (options: unknown) => unknown;
const answer = (): string => 'answer';

const rigOf = (options: Partial<RateLimitOptions> = {}) => {
  const clock = virtualClock();
  const policy = rateLimit({ rate: 1, burst: 2, clock, ...options } as RateLimitOptions);
  return { clock, policy, room: () => policy.take({ cost: 0 }).remaining };
};

describe('options', () => {
  test.each<[unknown, string, Complaint['type'], unknown]>([
    [undefined, 'rateLimit', TypeError, undefined],
    [10, 'rateLimit', TypeError, 10],
    [{}, 'rate', TypeError, undefined],
    [{ burst: 5 }, 'rate', TypeError, undefined],
    [{ rate: null }, 'rate', TypeError, null],
    [{ rate: '10' }, 'rate', TypeError, '10'],
    [{ rate: 0 }, 'rate', RangeError, 0],
    [{ rate: -1 }, 'rate', RangeError, -1],
    [{ rate: 1e10 }, 'rate', RangeError, 1e10],
    [{ rate: Number.NaN }, 'rate', RangeError, Number.NaN],
    [{ rate: Infinity }, 'rate', RangeError, Infinity],
    [{ rate: 1, burst: 0 }, 'burst', RangeError, 0],
    [{ rate: 1, burst: 1.5 }, 'burst', RangeError, 1.5],
    [{ rate: 1, burst: null }, 'burst', TypeError, null],
    [{ quota: 5 }, 'windowMs', TypeError, undefined],
    [{ windowMs: 5 }, 'quota', TypeError, undefined],
    [{ quota: 0, windowMs: 5 }, 'quota', RangeError, 0],
    [{ quota: 1.5, windowMs: 5 }, 'quota', RangeError, 1.5],
    [{ quota: 1, windowMs: 0.5 }, 'windowMs', RangeError, 0.5],
    [{ quota: 1, windowMs: Infinity }, 'windowMs', RangeError, Infinity],
    [{ rate: 1, quota: 5, windowMs: 5 }, 'quota', RangeError, 5],
    [{ rate: 1, windowMs: 5 }, 'windowMs', RangeError, 5],
    [{ burst: 1, quota: 5, windowMs: 5 }, 'quota', RangeError, 5],
    [{ rate: 1, name: '' }, 'name', TypeError, ''],
    [{ rate: 1, maxWaitMs: -1 }, 'maxWaitMs', RangeError, -1],
    [{ rate: 1, maxWaitMs: Infinity }, 'maxWaitMs', RangeError, Infinity],
    [{ rate: 1, maxWaiting: 0 }, 'maxWaiting', RangeError, 0],
    [{ rate: 1, maxWaiting: null }, 'maxWaiting', TypeError, null],
    [{ rate: 1, maxKeys: 0 }, 'maxKeys', RangeError, 0],
    [{ rate: 1, maxKeys: 1.5 }, 'maxKeys', RangeError, 1.5],
    [{ rate: 1, burst: 5, cost: 6 }, 'cost', RangeError, 6],
    [{ quota: 5, windowMs: 1, cost: 6 }, 'cost', RangeError, 6],
    [{ rate: 1, cost: 0 }, 'cost', RangeError, 0],
    [{ rate: 9, cost: 0.5 }, 'cost', RangeError, 0.5],
    [{ rate: 1, cost: 'two' }, 'cost', TypeError, 'two'],
    [{ rate: 1, cost: null }, 'cost', TypeError, null],
    [{ rate: 1, clock: Date }, 'clock', TypeError, Date],
    [{ rate: 1, perSecond: 1 }, 'rateLimit.perSecond', TypeError, 1],
  ])('%o is a mistake in %s', (options, option, type, value) => {
    expectInvalid(() => made(options), { type, option, value });
  });

  test.each([
    [{ rate: 10 }, 10],
    [{ rate: 2.5 }, 3],
    [{ rate: 0.1 }, 1],
    [{ rate: 10, burst: undefined }, 10],
    [{ rate: 10, burst: 4 }, 4],
    [{ quota: 7, windowMs: 1_000 }, 7],
  ])('%o lets %i through at once', (options, most) => {
    expect(rateLimit(options).take({ cost: 0 }).remaining).toBe(most);
  });
});

describe('update', () => {
  test('keeps what was used', async () => {
    const { policy, clock, room } = rigOf({ burst: 10 });
    policy.take({ cost: 8 });
    await clock.advanceAsync(2_000);
    policy.update({ rate: 10 });
    expect(room()).toBe(4);
    await clock.advanceAsync(100);
    expect(room()).toBe(5);
    policy.update({ burst: 20 });
    expect(room()).toBe(15);
    policy.update({ burst: 3 });
    expect(room()).toBe(0);
    await clock.advanceAsync(100);
    expect(room()).toBe(1);
  });

  test('keeps what was used of a quota', () => {
    const { policy, clock, room } = rigOf({
      rate: undefined,
      burst: undefined,
      quota: 5,
      windowMs: 1_000,
    });
    policy.take({ cost: 4 });
    policy.update({ quota: 3 });
    expect(room()).toBe(0);
    policy.update({ quota: 6, windowMs: 2_000 });
    expect(room()).toBe(2);
    clock.advance(1_999);
    expect(room()).toBe(2);
    clock.advance(1);
    expect(room()).toBe(6);
  });

  test('has what was left to a default follow what it is derived from', () => {
    const policy = rateLimit({ rate: 2 });
    policy.update({ rate: 30 });
    expect(policy.take({ cost: 0 }).remaining).toBe(30);
    policy.update({ burst: 5 });
    policy.update({ rate: 60 });
    expect(policy.take({ cost: 0 }).remaining).toBe(5);
  });

  test('begins anew with the other kind, and back', () => {
    const { policy, room } = rigOf();
    policy.take({ cost: 2 });
    policy.update({ quota: 5, windowMs: 1_000 });
    expect(room()).toBe(5);
    policy.take({ cost: 5 });
    policy.update({ rate: 3 });
    expect(room()).toBe(3);
  });

  test('serves those who wait', async () => {
    const { policy, clock } = rigOf({ maxWaitMs: 60_000, rate: 0.1, cost: 2 });
    policy.take();
    const waiting = [policy.execute(answer), policy.execute(answer)];
    policy.update({ rate: 2 });
    await clock.advanceAsync(1_000);
    expect(await waiting[0]).toBe('answer');
    policy.update({ quota: 2, windowMs: 1_000 });
    expect(await waiting[1]).toBe('answer');
    expect(clock.pendingTimers).toBe(0);
  });

  test('refuses at once who waits for more than there is any longer', async () => {
    const { policy, clock } = rigOf({
      burst: 5,
      maxWaitMs: 60_000,
      cost: ({ priority }) => priority,
    });
    policy.take({ cost: 5 });
    const [large, small] = [4, 1].map((priority) => policy.attempt(answer, { priority }));
    policy.update({ burst: 2 });
    expect(await large).toMatchObject({
      rejection: { code: 'HF_RATE_LIMITED', retryAfterMs: undefined },
    });
    await clock.advanceAsync(1_000);
    expect(await small).toMatchObject({ ok: true });
  });

  test('lets those who wait do so as long as they were told', async () => {
    const { policy, clock } = rigOf({ maxWaitMs: 5_000, burst: 1 });
    policy.take();
    const before = policy.attempt(answer);
    policy.update({ maxWaitMs: 0 });
    expect(await policy.attempt(answer)).toMatchObject({ rejection: { retryAfterMs: 2_000 } });
    await clock.advanceAsync(1_000);
    expect(await before).toMatchObject({ ok: true });
  });

  test('has too many keys forgotten at once', () => {
    const { policy } = rigOf();
    for (let key = 0; key < 100; key++) policy.take({ key: `key ${key}` });
    policy.update({ maxKeys: 10 });
    expect(policy.snapshot()).toMatchObject({ keys: 10, evicted: 90 });
  });

  test('that is wrong changes nothing', () => {
    const { policy, room } = rigOf();
    const update = policy.update.bind(policy) as (change: unknown) => void;
    const wrong = [
      { rate: 0 },
      { rate: 5, burst: 'x' },
      { quota: 5 },
      { windowMs: 5 },
      { speed: 1 },
    ];
    for (const change of [...wrong, { rate: 1, quota: 1, windowMs: 1 }, { cost: 3 }, null]) {
      expect(() => update(change)).toThrow(/^option "/);
    }
    const clock = virtualClock();
    expectInvalid(() => update({ name: 'other' }), {
      type: TypeError,
      option: 'name',
      value: 'other',
    });
    expectInvalid(() => update({ clock }), { type: TypeError, option: 'clock', value: clock });
    expect(policy.snapshot()).toMatchObject({ name: 'rate-limit' });
    expect(room()).toBe(2);
  });
});
