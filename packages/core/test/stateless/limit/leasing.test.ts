import { describe, expect, test } from 'vitest';
import { sharedRateLimit } from '../../../src/stateless/index.ts';
import type { SharedRateLimitOptions, SharedTaken } from '../../../src/stateless/index.ts';
import { RecordingClock } from '../../support/recording-clock.ts';
import { FaultStore } from './fault-store.ts';
import { failOnMistakes } from './mistakes.ts';

failOnMistakes();

const rigOf = (options: Partial<SharedRateLimitOptions> = {}) => {
  const clock = new RecordingClock();
  const store = new FaultStore(clock);
  const limit = sharedRateLimit({
    rate: 100,
    burst: 200,
    leasing: true,
    onStoreLoss: 'deny',
    ...options,
    store,
    clock,
  } as SharedRateLimitOptions);
  const call = (): Promise<SharedTaken> => limit.take({ key: 'a' });
  const calls = (many: number): Promise<SharedTaken[]> =>
    Promise.all(Array.from({ length: many }, call));
  const wanted = (): number[] => store.of('take').map(({ units }) => units);
  const level = async (): Promise<number> =>
    200 - (await limit.take({ key: 'a', cost: 0 })).remaining;
  return { clock, store, limit, call, calls, wanted, level };
};

/** So many calls within one span of time, and none in the pool afterwards. */
const warmUp = async ({ clock, calls, store }: ReturnType<typeof rigOf>, many: number) => {
  await calls(many);
  await clock.advanceAsync(50);
  store.commands.length = 0;
};

const giveBack = (taken: SharedTaken | undefined): void => {
  if (taken?.admitted === true) taken.giveBack();
};

const sources = (taken: readonly SharedTaken[]): string =>
  taken.map(({ admitted, source }) => `${admitted ? '' : '-'}${source[0]}`).join('');

describe('units taken in advance', () => {
  test('a key that nobody used lately takes what it needs', async () => {
    const { calls, wanted } = rigOf();
    expect(sources(await calls(1))).toBe('s');
    expect(wanted()).toEqual([1]);
  });

  test('are as many as the key had calls in the last 50 ms', async () => {
    const rig = rigOf();
    await warmUp(rig, 12);
    expect(sources(await rig.calls(1))).toBe('s');
    expect(rig.wanted()).toEqual([13]);
    expect(sources(await rig.calls(12))).toBe('llllllllllll');
    expect(rig.wanted()).toEqual([13]);
    expect(sources(await rig.calls(1))).toBe('s');
    expect(rig.wanted()).toEqual([13, 13]);
  });

  test('are a tenth of the burst at most', async () => {
    const rig = rigOf();
    await warmUp(rig, 30);
    await rig.calls(1);
    expect(rig.wanted()).toEqual([21]);
  });

  test('are none for a key whose calls have ceased', async () => {
    const rig = rigOf();
    await warmUp(rig, 12);
    await rig.clock.advanceAsync(50);
    await rig.calls(1);
    expect(rig.wanted()).toEqual([1]);
  });

  test('are told as what is left', async () => {
    const rig = rigOf();
    await warmUp(rig, 10);
    const [first] = await rig.calls(1);
    await rig.clock.advanceAsync(5);
    const [second] = await rig.calls(1);
    // 21 were taken in all, and 5 came back meanwhile.
    expect(first).toMatchObject({ remaining: 194, moreMs: 10, resetMs: 160 });
    expect(second).toMatchObject({ remaining: 193, moreMs: 5, resetMs: 155 });
  });

  test('are dropped 100 ms after they were asked for, and given back as far as that is right', async () => {
    const rig = rigOf();
    await warmUp(rig, 20);
    rig.store.latency = { thereMs: 10, backMs: 10 };
    const promise = rig.calls(1);
    await rig.clock.advanceAsync(20);
    await promise;
    rig.store.latency = { thereMs: 0, backMs: 0 };
    await rig.clock.advanceAsync(79);
    expect(rig.wanted()).toEqual([21]);
    await rig.clock.advanceAsync(1);
    // 20 units, less what 150 ms bring.
    expect(rig.wanted()).toEqual([21, -5]);
    expect(rig.clock.pendingTimers).toBe(0);
    expect(sources(await rig.calls(1))).toBe('s');
  });

  test('are not used when they are too old, also where the timer is late', async () => {
    const rig = rigOf();
    await warmUp(rig, 12);
    await rig.calls(1);
    rig.clock.stall(100);
    expect(sources(await rig.calls(1))).toBe('s');
    expect(rig.wanted().filter((units) => units > 0)).toEqual([13, 1]);
  });

  test('are given back by dispose', async () => {
    const rig = rigOf();
    await warmUp(rig, 20);
    await rig.calls(1);
    rig.limit[Symbol.dispose]();
    expect(rig.wanted()).toEqual([21, -15]);
    expect(rig.clock.pendingTimers).toBe(0);
  });

  test('that a call gives back serve the next one while they are young', async () => {
    const rig = rigOf();
    await warmUp(rig, 2);
    const [first] = await rig.calls(3);
    giveBack(first);
    expect(sources(await rig.calls(1))).toBe('l');
    await rig.clock.advanceAsync(100);
    giveBack(first);
    expect(rig.wanted()).toEqual([3]);
  });

  test('that a call gives back late go to the store, for what they are worth', async () => {
    const rig = rigOf({ rate: 10, burst: 10 });
    const [old] = await rig.calls(1);
    await rig.clock.advanceAsync(10);
    await rig.calls(1);
    giveBack(old);
    // 60 ms at 10 a second.
    expect(rig.wanted()).toEqual([1, 1, expect.closeTo(-0.4, 9)]);
    expect(sources(await rig.calls(1))).toBe('s');
  });

  test('that were all given back are dropped in time, too', async () => {
    const rig = rigOf({ rate: 10, burst: 10 });
    const taken = await rig.calls(3);
    await rig.clock.advanceAsync(10);
    for (const each of taken) giveBack(each);
    await rig.clock.advanceAsync(90);
    expect(rig.wanted()).toEqual([1, 2, -1.5]);
    expect(rig.clock.pendingTimers).toBe(0);
  });

  test('that come back after dispose go to the store at once', async () => {
    const rig = rigOf({ rate: 10, burst: 10 });
    const [first] = await rig.calls(1);
    rig.limit[Symbol.dispose]();
    giveBack(first);
    expect(rig.wanted()).toEqual([1, -0.5]);
    expect(rig.clock.pendingTimers).toBe(0);
  });

  test('that arrive after dispose go back at once', async () => {
    const rig = rigOf();
    await warmUp(rig, 20);
    rig.store.latency = { thereMs: 10, backMs: 10 };
    const promise = rig.calls(1);
    rig.limit[Symbol.dispose]();
    await rig.clock.advanceAsync(20);
    expect(sources(await promise)).toBe('s');
    expect(rig.wanted()).toEqual([21, -13]);
    await rig.clock.advanceAsync(20);
    expect(rig.clock.pendingTimers).toBe(0);
  });

  test('that come back while others are on their way go to the store as those arrive', async () => {
    const rig = rigOf({ rate: 10, burst: 10 });
    const [first] = await rig.calls(1);
    rig.store.latency = { thereMs: 1, backMs: 1 };
    const promise = rig.calls(1);
    giveBack(first);
    expect(rig.wanted()).toEqual([1, 1]);
    await rig.clock.advanceAsync(2);
    await promise;
    // 52 ms at 10 a second.
    expect(rig.wanted()).toEqual([1, 1, expect.closeTo(-0.48, 9)]);
  });

  test('are left alone by calls that cost more or nothing', async () => {
    const rig = rigOf();
    await warmUp(rig, 12);
    await rig.calls(1);
    const taken = [
      await rig.limit.take({ key: 'a', cost: 2 }),
      await rig.limit.take({ key: 'a', cost: 0 }),
      await rig.limit.take({ key: 'b' }),
    ];
    expect(sources(taken)).toBe('sss');
    expect(rig.wanted()).toEqual([13, 2, 0, 1]);
  });
});

describe('calls at the same time', () => {
  test('share one request, and one more for those who came while it was under way', async () => {
    const { clock, store, calls, wanted } = rigOf();
    store.latency = { thereMs: 1, backMs: 1 };
    const promise = calls(64);
    await clock.advanceAsync(4);
    expect(sources(await promise)).toBe('s'.repeat(64));
    expect(wanted()).toEqual([1, 63]);
    expect(store.mostAtOnce).toBe(1);
  });

  test('are served in their order, and refused where the store had no more', async () => {
    const { clock, store, calls } = rigOf({ rate: 10, burst: 10 });
    store.latency = { thereMs: 1, backMs: 1 };
    const promise = calls(13);
    await clock.advanceAsync(4);
    const taken = await promise;
    expect(sources(taken)).toBe(`${'s'.repeat(10)}${'-s'.repeat(3)}`);
    expect(taken[12]).toMatchObject({ remaining: 0, rejection: { code: 'HF_RATE_LIMITED' } });
  });

  test('are more than there ever is, and all get an answer', async () => {
    const { clock, store, calls } = rigOf({ rate: 10, burst: 10 });
    store.latency = { thereMs: 1, backMs: 1 };
    const promise = calls(1_000);
    await clock.advanceAsync(6);
    expect((await promise).filter(({ admitted }) => admitted)).toHaveLength(10);
  });

  test('all learn that the store is lost', async () => {
    const { clock, store, calls, limit } = rigOf({ onStoreLoss: 'local', rate: 10, burst: 10 });
    store.latency = { thereMs: 60, backMs: 0 };
    const promise = calls(13);
    await clock.advanceAsync(50);
    expect(sources(await promise)).toBe(`${'l'.repeat(10)}${'-l'.repeat(3)}`);
    expect(limit.snapshot().sources.local).toBe(13);
  });

  test('ask a store no more that gives nothing and says there is something', async () => {
    const { store, calls, limit } = rigOf({ onStoreLoss: 'local' });
    const empty = { units: 0, remaining: 5, retryMs: 0, moreMs: 0, resetMs: 0 };
    store.take = () => Promise.resolve(empty);
    expect(sources(await calls(3))).toBe('-s-s-s');
    limit[Symbol.dispose]();
  });

  test('all hear of a mistake of the store', async () => {
    const { store, calls, call } = rigOf();
    store.failure = 'a bug';
    const settled = await Promise.allSettled([call(), call()]);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    store.failure = undefined;
    expect(sources(await calls(1))).toBe('s');
  });
});

describe('a refusal', () => {
  test('holds until its time, without another question', async () => {
    const { clock, call, calls, wanted } = rigOf({ rate: 10, burst: 10 });
    await calls(11);
    const asked = wanted().length;
    await clock.advanceAsync(40);
    expect(await call()).toMatchObject({
      admitted: false,
      source: 'leased',
      remaining: 0,
      retryAfterMs: 60,
      moreMs: 60,
      resetMs: 960,
    });
    expect(wanted()).toHaveLength(asked);
    await clock.advanceAsync(60);
    expect(await call()).toMatchObject({ admitted: true, source: 'shared' });
  });

  test('holds no longer once units are given back, or the key is reset', async () => {
    const { clock, call, calls, limit } = rigOf({ rate: 10, burst: 10 });
    const taken = await calls(11);
    for (const each of taken.slice(0, 3)) giveBack(each);
    await clock.advanceAsync(0);
    expect(await call()).toMatchObject({ admitted: true });
    await calls(10);
    expect(await call()).toMatchObject({ admitted: false, source: 'leased' });
    await limit.reset('a');
    expect(await call()).toMatchObject({ admitted: true });
  });

  test('holds no longer once units are given back that are too old to be used', async () => {
    const { clock, call, calls } = rigOf({ rate: 10, burst: 10, leasing: { keepMs: 20 } });
    const taken = await calls(11);
    await clock.advanceAsync(30);
    expect(await call()).toMatchObject({ admitted: false, source: 'leased' });
    for (const each of taken) giveBack(each);
    expect(await call()).toMatchObject({ admitted: true, source: 'shared' });
  });

  test('is told to listeners like any other', async () => {
    const { calls, limit } = rigOf({ rate: 10, burst: 10 });
    let refusals = 0;
    limit.on('refusal', () => void refusals++);
    await calls(11);
    await calls(2);
    expect(refusals).toBe(3);
    expect(limit.snapshot()).toMatchObject({ admitted: 10, refused: 3 });
  });
});

test('no more than maxKeys are remembered, whatever they hold', async () => {
  const rig = rigOf({ maxKeys: 4 });
  await warmUp(rig, 12);
  await rig.calls(1);
  for (let client = 0; client < 100; client++) await rig.limit.take({ key: `${client}` });
  // Forgotten with its 12 units, which it gives back all the same.
  expect(sources(await rig.calls(1))).toBe('s');
  await rig.clock.advanceAsync(100);
  expect(rig.clock.pendingTimers).toBe(0);
});
