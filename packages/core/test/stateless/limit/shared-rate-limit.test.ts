import { describe, expect, test } from 'vitest';
import { isRejection } from '../../../src/errors.ts';
import { key, memoryStore, sharedRateLimit } from '../../../src/stateless/index.ts';
import type { SharedRateLimitOptions, SharedTaken } from '../../../src/stateless/index.ts';
import { messagesOn } from '../../support/channel-messages.ts';
import { RecordingClock } from '../../support/recording-clock.ts';
import { hearWarnings } from '../../support/warnings.ts';
import { FaultStore } from './fault-store.ts';
import { failOnMistakes } from './mistakes.ts';

failOnMistakes();

const rigOf = (options: Partial<SharedRateLimitOptions> = {}) => {
  const clock = new RecordingClock();
  const store = new FaultStore(clock);
  const kind = options.quota === undefined ? { rate: 10, burst: 5 } : {};
  const all = { ...kind, onStoreLoss: 'deny', name: 'api', ...options, store, clock };
  const limit = sharedRateLimit(all as SharedRateLimitOptions);
  const wanted = (): number[] => store.commands.map(({ units }) => units);
  return { clock, store, limit, wanted };
};

const giveBack = (taken: SharedTaken): void => {
  if (!taken.admitted) throw new Error('nothing was taken');
  taken.giveBack();
};

describe('take', () => {
  test('takes units from the store, in one command, and tells what is left', async () => {
    const { limit, wanted } = rigOf();
    expect(await limit.take({ key: 'a', cost: 2 })).toMatchObject({
      admitted: true,
      source: 'shared',
      remaining: 3,
      moreMs: 100,
      resetMs: 200,
    });
    expect(wanted()).toEqual([2]);
  });

  test('refuses with what a limit of one process refuses with', async () => {
    const { limit } = rigOf({ cost: 3 });
    await limit.take();
    const taken = await limit.take();
    expect(taken).toMatchObject({
      admitted: false,
      remaining: 2,
      retryAfterMs: 100,
      source: 'shared',
    });
    expect(Reflect.get(taken, 'rejection')).toSatisfy(isRejection);
    expect(Reflect.get(taken, 'rejection')).toMatchObject({
      code: 'HF_RATE_LIMITED',
      policy: 'api',
      retryAfterMs: 100,
    });
  });

  test('a cost of 0 looks, and takes nothing', async () => {
    const { limit } = rigOf();
    for (let look = 0; look < 9; look++)
      expect(await limit.take({ cost: 0 })).toMatchObject({
        admitted: true,
        remaining: 5,
        moreMs: 0,
      });
  });

  test.each([{}, { quota: 5, windowMs: 1_000 }])(
    'a cost that is more than there ever is is refused for good (%o)',
    async (numbers) => {
      const { limit } = rigOf(numbers);
      const taken = await limit.take({ cost: 6 });
      expect(taken).toMatchObject({ admitted: false, remaining: 5, retryAfterMs: undefined });
    },
  );

  test.each([1.5, -1, Number.NaN, '1', null])(
    'a cost of %o rejects, and nothing is sent',
    async (cost) => {
      const { limit, wanted } = rigOf();
      await expect(limit.take({ cost: cost as number })).rejects.toMatchObject({
        code: 'HF_INVALID_OPTION',
        option: 'cost',
      });
      expect(wanted()).toEqual([]);
    },
  );

  test('a key that is no text rejects', async () => {
    const { limit } = rigOf();
    await expect(limit.take({ key: 5 as unknown as string })).rejects.toThrow(TypeError);
  });

  test('every key is limited by itself: the empty one, one that looks like another, and none', async () => {
    const { limit } = rigOf({ rate: 1, burst: 1 });
    const long = 'x'.repeat(8_000);
    const keys = [undefined, '', 'a', 'a:b', 'key', 'empty', '__proto__', long, `${long}y`, '{a}'];
    for (const each of keys)
      expect(await limit.take({ key: each })).toMatchObject({ admitted: true });
    for (const each of keys)
      expect(await limit.take({ key: each })).toMatchObject({ admitted: false });
  });

  test('limits of other names and tenants know nothing of it', async () => {
    const { clock, store, limit } = rigOf({ rate: 1, burst: 1 });
    const numbers = { rate: 1, burst: 1, store, clock };
    await limit.take();
    for (const other of [{ name: 'api', tenant: 'b' }, { name: 'other' }])
      expect(await sharedRateLimit({ ...numbers, ...other }).take()).toMatchObject({
        admitted: true,
      });
    expect(await sharedRateLimit({ ...numbers, name: 'api' }).take()).toMatchObject({
      admitted: false,
    });
  });

  test('what stands in the store stands under the name of the limit', async () => {
    const { store, limit } = rigOf({ tenant: 'acme' });
    await limit.take({ key: 'bob' });
    expect(store.of('take')[0]?.key).toBe(key('limit', 'acme', 'api', 'bob'));
  });

  test('a mistake of the store is not taken for its loss', async () => {
    const { store, limit } = rigOf({ onStoreLoss: 'allow' });
    store.failure = 'a bug';
    await expect(limit.take()).rejects.toThrow('a bug of the store');
  });
});

describe('giving back', () => {
  test('what was taken just now comes back but for what may come back by itself until the command arrives', async () => {
    const { clock, limit, wanted } = rigOf();
    const taken = await limit.take({ cost: 3 });
    await clock.advanceAsync(20);
    giveBack(taken);
    // 70 ms at 10 a second.
    expect(wanted().at(-1)).toBeCloseTo(-2.3, 9);
    expect(await limit.take({ cost: 0 })).toMatchObject({ resetMs: expect.closeTo(50, 1) });
  });

  test('counts the time from when the units were asked for', async () => {
    const { clock, store, limit, wanted } = rigOf();
    store.latency = { thereMs: 0, backMs: 30 };
    const promise = limit.take({ cost: 3 });
    await clock.advanceAsync(30);
    giveBack(await promise);
    expect(wanted().at(-1)).toBeCloseTo(-2.2, 9);
  });

  test('is done once', async () => {
    const { limit, wanted } = rigOf();
    const taken = await limit.take({ cost: 3 });
    giveBack(taken);
    giveBack(taken);
    expect(wanted()).toHaveLength(2);
    expect(limit.snapshot().unsent).toBe(1);
  });

  test('sends nothing once all has come back by itself', async () => {
    const { clock, limit, wanted } = rigOf();
    const taken = await limit.take({ cost: 3 });
    await clock.advanceAsync(250);
    giveBack(taken);
    expect(wanted()).toEqual([3]);
  });

  test('of a window takes the units out of it', async () => {
    const { clock, limit } = rigOf({ quota: 5, windowMs: 1_000 });
    const taken = await limit.take({ cost: 3 });
    await clock.advanceAsync(900);
    giveBack(taken);
    expect(await limit.take({ cost: 0 })).toMatchObject({ remaining: 5 });
  });

  test('of a window sends nothing that may arrive after it', async () => {
    const { clock, limit, wanted } = rigOf({ quota: 5, windowMs: 1_000 });
    const taken = await limit.take({ cost: 3 });
    await clock.advanceAsync(950);
    giveBack(taken);
    expect(wanted()).toEqual([3]);
  });

  test('of what cost nothing does nothing', async () => {
    const { limit, wanted } = rigOf();
    giveBack(await limit.take({ cost: 0 }));
    expect(wanted()).toEqual([0]);
  });

  test('fails nobody where the store is lost, but tells of a mistake', async () => {
    const warnings = hearWarnings();
    const { clock, store, limit } = rigOf();
    const [first, second] = [await limit.take(), await limit.take()];
    store.failure = 'not-sent';
    giveBack(first);
    await clock.advanceAsync(1);
    expect(warnings).toEqual([]);
    store.failure = 'a bug';
    giveBack(second);
    await clock.advanceAsync(1);
    expect(warnings).toMatchObject([{ code: 'HF_LISTENER_ERROR' }]);
  });
});

describe('reset', () => {
  test.each<Partial<SharedRateLimitOptions>>([
    { rate: 1, burst: 5 },
    { quota: 5, windowMs: 1_000 },
  ])('has all units of a key there again (%o)', async (numbers) => {
    const { clock, limit } = rigOf(numbers);
    for (const cost of [1, 2, 2]) {
      await limit.take({ key: 'a', cost });
      await limit.take({ key: 'b', cost });
      await clock.advanceAsync(150);
    }
    await limit.reset('a');
    expect(await limit.take({ key: 'a', cost: 0 })).toMatchObject({ remaining: 5 });
    expect(await limit.take({ key: 'b', cost: 0 })).toMatchObject({ remaining: 0 });
  });

  test('of a key that has used nothing does nothing', async () => {
    const { limit } = rigOf({ quota: 5, windowMs: 1_000 });
    await limit.reset('a');
    expect(await limit.take({ key: 'a', cost: 0 })).toMatchObject({ remaining: 5 });
  });

  test('rejects where the store is lost', async () => {
    const { store, limit } = rigOf();
    store.failure = 'not-sent';
    await expect(limit.reset('a')).rejects.toMatchObject({ code: 'HF_STORE_UNAVAILABLE' });
  });
});

describe('what is told', () => {
  test('listeners and the channel hear of each refusal, once it is decided', async () => {
    const { limit } = rigOf({ rate: 1, burst: 1 });
    const messages = messagesOn('holdfast:limit');
    const heard: unknown[] = [];
    const registration = limit.on('refusal', (event) => {
      heard.push({ ...event, refused: limit.snapshot().refused });
    });
    await limit.take();
    expect(heard).toEqual([]);
    await limit.take();
    const event = { name: 'api', code: 'HF_RATE_LIMITED', retryAfterMs: 1_000 };
    expect(heard).toEqual([{ ...event, refused: 1 }]);
    expect(messages).toEqual([{ type: 'refusal', policy: 'rate-limit', ...event }]);
    registration[Symbol.dispose]();
    await limit.take();
    expect(heard).toHaveLength(1);
  });

  test('a listener that throws fails nobody', async () => {
    const warnings = hearWarnings();
    const { limit } = rigOf({ rate: 1, burst: 1 });
    limit.on('refusal', () => {
      throw new Error('mine');
    });
    await limit.take();
    expect(await limit.take()).toMatchObject({ admitted: false });
    await Promise.resolve();
    expect(warnings).toMatchObject([{ code: 'HF_LISTENER_ERROR' }]);
  });

  test('the snapshot counts', async () => {
    const { store, limit } = rigOf({ rate: 1, burst: 2 });
    giveBack(await limit.take());
    await limit.take();
    await limit.take();
    store.failure = 'unknown';
    await limit.take();
    expect(limit.snapshot()).toEqual({
      name: 'api',
      keys: 0,
      instances: 1,
      admitted: 2,
      refused: 2,
      unsent: 1,
      sources: { shared: 3, leased: 0, local: 0, policy: 1 },
    });
  });
});

describe('after dispose', () => {
  test.each(['local', 'allow', 'deny'] as const)(
    'every call is refused, nothing is asked and no timer is left (%s)',
    async (onStoreLoss) => {
      const { clock, store, limit } = rigOf({ onStoreLoss, leasing: true, rate: 10, burst: 10 });
      await limit.take({ key: 'a' });
      limit[Symbol.dispose]();
      limit[Symbol.dispose]();
      const before = store.commands.length;
      expect(await limit.take({ key: 'a' })).toMatchObject({
        admitted: false,
        source: 'policy',
        rejection: { code: 'HF_DISPOSED' },
      });
      expect(store.commands).toHaveLength(before);
      expect(clock.pendingTimers).toBe(0);
    },
  );

  test('a call under way still gets its answer', async () => {
    const { clock, store, limit } = rigOf({ leasing: true, rate: 10, burst: 10 });
    store.latency = { thereMs: 5, backMs: 5 };
    const calls = [
      limit.take({ key: 'a' }),
      limit.take({ key: 'a' }),
      limit.take({ key: 'b', cost: 2 }),
    ];
    limit[Symbol.dispose]();
    await clock.advanceAsync(20);
    for (const taken of await Promise.all(calls)) expect(taken).toMatchObject({ admitted: true });
    expect(clock.pendingTimers).toBe(0);
  });
});

test('no timer holds the process', async () => {
  const clock = new RecordingClock();
  const limit = sharedRateLimit({
    store: memoryStore({ clock }),
    rate: 1_000,
    clock,
    leasing: true,
  });
  for (let call = 0; call < 100; call++) {
    await limit.take({ key: 'a' });
    await clock.advanceAsync(1);
    expect(clock.holdsProcess).toBe(false);
  }
  expect(clock.pendingTimers).toBeGreaterThan(0);
});
