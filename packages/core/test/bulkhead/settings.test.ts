import { describe, expect, test } from 'vitest';
import { bulkhead, pipeline, type BulkheadOptions } from '../../src/index.ts';
import { hang, recorded } from '../support/calls.ts';
import { expectInvalid, type Complaint } from '../support/invalid-option.ts';
import { RecordingClock } from '../support/recording-clock.ts';

const rigOf = (options: Partial<BulkheadOptions> = {}) => {
  const clock = new RecordingClock();
  return { clock, policy: bulkhead({ concurrency: 1, queue: 10, clock, ...options }) };
};

/** Calls that hang, one in a slot and the rest in line; which of them ran, and how they settled. */
const crowd = (policy: ReturnType<typeof bulkhead>, priorities: readonly number[]) => {
  const ran: number[] = [];
  const ended: string[] = [];
  for (const [index, priority] of priorities.entries()) {
    const call = (): Promise<never> => {
      ran.push(index);
      return hang();
    };
    void policy.attempt(call, { priority }).then((result) => {
      ended.push(`${index} ${result.ok ? '' : result.rejection?.code}`);
    });
  }
  return { ran, ended };
};

describe('options', () => {
  const made = bulkhead as (options: unknown) => unknown;

  test.each<[unknown, string, Complaint['type'], unknown]>([
    [undefined, 'bulkhead', TypeError, undefined],
    [10, 'bulkhead', TypeError, 10],
    [{}, 'concurrency', TypeError, undefined],
    [{ concurrency: 0 }, 'concurrency', RangeError, 0],
    [{ concurrency: 1.5 }, 'concurrency', RangeError, 1.5],
    [{ concurrency: Infinity }, 'concurrency', RangeError, Infinity],
    [{ concurrency: Number.NaN }, 'concurrency', RangeError, Number.NaN],
    [{ concurrency: '1' }, 'concurrency', TypeError, '1'],
    [{ concurrency: 1, queue: -1 }, 'queue', RangeError, -1],
    [{ concurrency: 1, queue: 0.5 }, 'queue', RangeError, 0.5],
    [{ concurrency: 1, queue: null }, 'queue', TypeError, null],
    [{ concurrency: 1, order: 'random' }, 'order', TypeError, 'random'],
    [{ concurrency: 1, maxWaitMs: 0 }, 'maxWaitMs', RangeError, 0],
    [{ concurrency: 1, maxWaitMs: Infinity }, 'maxWaitMs', RangeError, Infinity],
    [{ concurrency: 1, holdUntil: 'never' }, 'holdUntil', TypeError, 'never'],
    [{ concurrency: 1, name: '' }, 'name', TypeError, ''],
    [{ concurrency: 1, clock: Date }, 'clock', TypeError, Date],
    [{ concurrency: 1, limit: 1 }, 'bulkhead.limit', TypeError, 1],
  ])('%o is a mistake in %s', (options, option, type, value) => {
    expectInvalid(() => made(options), { type, option, value });
  });

  test('are told with their defaults', () => {
    const policy = bulkhead({ concurrency: 5 });
    expect(pipeline(policy).describe()).toEqual([
      {
        policy: 'bulkhead',
        name: 'bulkhead',
        options: {
          concurrency: 5,
          queue: 0,
          order: 'fifo',
          maxWaitMs: 1_000,
          holdUntil: 'settled',
        },
      },
    ]);
  });
});

describe('update', () => {
  test('to more concurrency serves those who wait at once', async () => {
    const { policy, clock } = rigOf();
    const { ran } = crowd(policy, [0, 0, 0, 0]);
    policy.update({ concurrency: 3 });
    expect(policy.snapshot()).toMatchObject({ inFlight: 3, waiting: 1 });
    await clock.advanceAsync(0);
    expect(ran).toEqual([0, 1, 2]);
  });

  test('to less lets those inside finish and serves nobody before', () => {
    const { policy } = rigOf({ concurrency: 3 });
    const permits = [policy.tryAcquire(), policy.tryAcquire(), policy.tryAcquire()];
    void policy.acquire();
    policy.update({ concurrency: 1 });
    const inside = permits.map((permit) => {
      const { inFlight, waiting } = policy.snapshot();
      if (permit.admitted) permit.release();
      return [inFlight, waiting];
    });
    expect(inside).toEqual([
      [3, 1],
      [2, 1],
      [1, 1],
    ]);
    expect(policy.snapshot()).toMatchObject({ inFlight: 1, waiting: 0 });
  });

  test.for([
    { order: 'fifo' as const, refused: ['5', '4', '3'] },
    { order: 'lifo' as const, refused: ['1', '2', '3'] },
    { order: 'priority' as const, refused: ['4', '2', '5'] },
  ])('to a smaller queue refuses the last in order ($order)', async ({ order, refused }) => {
    const { policy, clock } = rigOf({ order });
    const { ended } = crowd(policy, [0, 3, 1, 3, 0, 2]);
    policy.update({ queue: 2 });
    await clock.advanceAsync(0);
    expect(ended).toEqual(refused.map((index) => `${index} HF_BULKHEAD_FULL`));
    expect(policy.snapshot()).toMatchObject({ waiting: 2, refused: 3 });
  });

  test('to another order serves those who wait in the new one', async () => {
    const { policy, clock } = rigOf();
    const { ran } = crowd(policy, [0, 1, 3, 2]);
    policy.update({ order: 'priority', concurrency: 3 });
    await clock.advanceAsync(0);
    expect(ran).toEqual([0, 2, 3]);
    policy.update({ order: 'fifo', concurrency: 4 });
    await clock.advanceAsync(0);
    expect(ran).toEqual([0, 2, 3, 1]);
  });

  test('of maxWaitMs leaves those who wait their time', async () => {
    const { policy, clock } = rigOf({ maxWaitMs: 500 });
    const { ended } = crowd(policy, [0, 0]);
    policy.update({ maxWaitMs: 100 });
    await clock.advanceAsync(499);
    expect(ended).toEqual([]);
    await clock.advanceAsync(1);
    expect(ended).toEqual(['1 HF_BULKHEAD_FULL']);
  });

  test('that is wrong changes nothing', () => {
    const { policy } = rigOf();
    const before = policy.snapshot();
    const update = policy.update.bind(policy) as (change: unknown) => void;
    for (const change of [
      { concurrency: 0 },
      { queue: 5, order: 'none' },
      { name: 'b' },
      { speed: 1 },
    ]) {
      expect(() => update(change)).toThrow(/^option "/);
    }
    expect(policy.snapshot()).toEqual(before);
  });
});

describe('a bulkhead that is disposed', () => {
  test('refuses those who wait and those who come, and leaves no timer', async () => {
    const { policy, clock } = rigOf();
    const { ended, ran } = crowd(policy, [0, 0, 0]);
    policy[Symbol.dispose]();
    expect(clock.pendingTimers).toBe(0);
    await clock.advanceAsync(0);
    expect(ended.toSorted()).toEqual(['1 HF_DISPOSED', '2 HF_DISPOSED']);
    const disposed = { rejection: { code: 'HF_DISPOSED', policy: 'bulkhead' } };
    const late = recorded(hang);
    expect(await policy.attempt(late.call)).toMatchObject(disposed);
    expect(await pipeline(policy).attempt(late.call)).toMatchObject(disposed);
    expect(policy.tryAcquire()).toMatchObject(disposed);
    expect(await policy.acquire()).toMatchObject(disposed);
    expect(late.contexts).toHaveLength(0);
    expect(ran).toEqual([0]);
  });

  test('takes back the slots it gave, and admits nobody for them', async () => {
    const { policy, clock } = rigOf({ concurrency: 2 });
    const permit = policy.tryAcquire();
    const { promise, resolve } = Promise.withResolvers<string>();
    const result = policy.execute(() => promise);
    policy[Symbol.dispose]();
    if (permit.admitted) permit.release();
    resolve('answer');
    expect(await result).toBe('answer');
    policy.update({ concurrency: 9 });
    policy[Symbol.dispose]();
    expect(policy.tryAcquire().admitted).toBe(false);
    expect(policy.snapshot()).toMatchObject({ inFlight: 0, waiting: 0, concurrency: 9 });
    expect(clock.pendingTimers).toBe(0);
  });
});
