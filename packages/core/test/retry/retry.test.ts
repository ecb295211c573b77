import { channel } from 'node:diagnostics_channel';
import { describe, expect, test } from 'vitest';
import {
  CHANNELS,
  retry,
  type RetryBudget,
  type RetryEvents,
  type RetryOptions,
} from '../../src/index.ts';
import { seededRandom, virtualClock } from '../../src/testing/index.ts';
import { recorded } from '../support/calls.ts';
import { expectInvalid, type Complaint } from '../support/invalid-option.ts';
import { RecordingClock } from '../support/recording-clock.ts';

const boom = new Error('boom');
const failing = (): Promise<string> => Promise.reject(boom);
const fixed = { baseMs: 100, factor: 1, jitter: 'none' } as const;
const spent: RetryBudget = {
  deposit: () => undefined,
  withdraw: () => false,
  snapshot: () => ({ credit: 0, granted: 0, refused: 0 }),
};

const rigOf = (options: RetryOptions = {}) => {
  const clock = new RecordingClock();
  const policy = retry({ clock, backoff: fixed, ...options });
  const retries: RetryEvents['retry'][] = [];
  const exhausted: RetryEvents['exhausted'][] = [];
  policy.on('retry', (event) => void retries.push(event));
  policy.on('exhausted', (event) => void exhausted.push(event));
  return { clock, policy, retries, exhausted };
};

describe('a retry', () => {
  test('repeats nothing that succeeds, and then costs neither timer nor event', async () => {
    const { policy, clock, retries } = rigOf();
    const { contexts, call } = recorded(() => 'answer');
    expect(await policy.execute(call)).toBe('answer');
    expect(contexts).toHaveLength(1);
    expect(clock.timersMade).toBe(0);
    expect(retries).toEqual([]);
  });

  test('waits between attempts as the backoff says', async () => {
    const { policy, clock, retries } = rigOf({
      attempts: 5,
      backoff: { baseMs: 10, factor: 3, maxMs: 200, jitter: 'none' },
    });
    const starts: number[] = [];
    const result = policy.attempt(() => {
      starts.push(clock.now());
      return failing();
    });
    await clock.advanceAsync(10_000);
    await result;
    expect(starts).toEqual([0, 10, 40, 130, 330]);
    expect(retries.map(({ delayMs }) => delayMs)).toEqual([10, 30, 90, 200]);
  });

  test('draws its delays from random', async () => {
    const random = seededRandom(7);
    const rolls = [random(), random()];
    const backoff = { baseMs: 1_000, factor: 1 };
    const { policy, clock, retries } = rigOf({ backoff, random: seededRandom(7) });
    const result = policy.attempt(failing);
    await clock.advanceAsync(10_000);
    await result;
    expect(retries.map(({ delayMs }) => delayMs)).toEqual(rolls.map((roll) => roll * 1_000));
  });

  test('numbers the attempts and ends with the last error', async () => {
    const { policy, clock } = rigOf();
    const { contexts, call } = recorded(({ attempt }) => Promise.reject(new Error(`${attempt}`)));
    const result = policy.attempt(call);
    await clock.advanceAsync(10_000);
    expect(contexts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(await result).toEqual({ ok: false, error: new Error('3') });
  });

  test('of one attempt repeats nothing', async () => {
    const { policy, clock } = rigOf({ attempts: 1 });
    const { contexts, call } = recorded(failing);
    expect(await policy.attempt(call)).toEqual({ ok: false, error: boom });
    expect(contexts).toHaveLength(1);
    expect(clock.timersMade).toBe(0);
  });

  test('without a backoff repeats at once, though never synchronously', async () => {
    const { policy, clock } = rigOf({ attempts: 50, backoff: { baseMs: 0 }, budget: false });
    const { contexts, call } = recorded(failing);
    const result = policy.attempt(call);
    expect(contexts).toHaveLength(1);
    await clock.advanceAsync(0);
    await result;
    expect(contexts).toHaveLength(50);
    expect(clock.now()).toBe(0);
  });

  test('keeps the process alive while it waits, and no longer', async () => {
    const { policy, clock } = rigOf({ attempts: 2 });
    const result = policy.attempt(failing);
    await clock.advanceAsync(50);
    expect(clock.holdsProcess).toBe(true);
    await clock.advanceAsync(50);
    await result;
    expect(clock.holdsProcess).toBe(false);
    expect(clock.pendingTimers).toBe(0);
  });

  test.each([undefined, null, '', 'no', 0])(
    'of calls that reject with %o ends with it',
    async (thrown: unknown) => {
      const { policy, clock } = rigOf();
      const { contexts, call } = recorded(() => {
        throw thrown;
      });
      const result = policy.attempt(call);
      await clock.advanceAsync(10_000);
      expect(await result).toEqual({ ok: false, error: thrown });
      expect(contexts).toHaveLength(3);
    },
  );

  test('repeats TypeErrors, which p-retry alone would not', async () => {
    const { policy, clock } = rigOf();
    const { contexts, call } = recorded(({ attempt }) => {
      if (attempt < 3) throw new TypeError('no function');
      return 'answer';
    });
    const result = policy.attempt(call);
    await clock.advanceAsync(10_000);
    expect(await result).toEqual({ ok: true, value: 'answer' });
    expect(contexts).toHaveLength(3);
  });
});

describe('an abort by the caller', () => {
  const gone = new Error('the caller has gone');

  /** The caller gives up in attempt `last`; the call says what it has to say all the same. */
  const endedIn = async (last: number, say: () => Promise<string>) => {
    const { policy, clock, retries } = rigOf();
    const caller = new AbortController();
    const { contexts, call } = recorded(({ attempt }) => {
      if (attempt < last) return failing();
      caller.abort(gone);
      return say();
    });
    const result = policy.attempt(call, { signal: caller.signal });
    await clock.advanceAsync(10_000);
    return { result: await result, attempts: contexts.length, retries: retries.length };
  };

  test.each([1, 2, 3])('in attempt %i leaves the caller what that attempt says', async (last) => {
    const told = { attempts: last, retries: last - 1 };
    const late = new Error('late');
    expect(await endedIn(last, () => Promise.resolve('answer'))).toEqual({
      result: { ok: true, value: 'answer' },
      ...told,
    });
    expect(await endedIn(last, () => Promise.reject(late))).toEqual({
      result: { ok: false, error: late },
      ...told,
    });
  });

  test.each([1, 2])(
    'in pause %i ends it with the reason, whatever the reason is',
    async (pause) => {
      for (const reason of [gone, 'gone', null, new TypeError('gone')]) {
        const { policy, clock } = rigOf();
        const caller = new AbortController();
        const { contexts, call } = recorded(failing);
        const result = policy.attempt(call, { signal: caller.signal });
        await clock.advanceAsync(pause * 100 - 50);
        caller.abort(reason);
        await clock.advanceAsync(0);
        expect(await result).toEqual({ ok: false, error: reason });
        expect(contexts).toHaveLength(pause);
      }
    },
  );

  test.each([1, 2])(
    'in the tick in which pause %i ends makes no further attempt',
    async (pause) => {
      const { policy, clock } = rigOf();
      const caller = new AbortController();
      const { contexts, call } = recorded(failing);
      const result = policy.attempt(call, { signal: caller.signal });
      await clock.advanceAsync(pause * 100 - 1);
      clock.advance(1);
      caller.abort(gone);
      await clock.advanceAsync(10_000);
      expect(await result).toEqual({ ok: false, error: gone });
      expect(contexts).toHaveLength(pause);
    },
  );
});

describe('when', () => {
  test('is asked after each attempt but the last', async () => {
    const asked: [unknown, number][] = [];
    const { policy, clock } = rigOf({ when: (...args) => asked.push(args) > 0 });
    const result = policy.attempt(failing);
    await clock.advanceAsync(10_000);
    await result;
    expect(asked).toEqual([
      [boom, 1],
      [boom, 2],
    ]);
  });

  test('that says no ends the retry with the error, which is no exhaustion', async () => {
    const { policy, clock, retries, exhausted } = rigOf({ when: (_error, attempt) => attempt < 2 });
    const { contexts, call } = recorded(failing);
    const result = policy.attempt(call);
    await clock.advanceAsync(10_000);
    expect(await result).toEqual({ ok: false, error: boom });
    expect(contexts).toHaveLength(2);
    expect(retries).toHaveLength(1);
    expect(exhausted).toEqual([]);
    expect(policy.snapshot()).toMatchObject({ retries: 1, exhausted: 0 });
  });

  test('that throws ends the retry with what it threw', async () => {
    const bad = new Error('bad predicate');
    const { policy } = rigOf({
      when: () => {
        throw bad;
      },
    });
    expect(await policy.attempt(failing)).toEqual({ ok: false, error: bad });
  });
});

describe('a deadline', () => {
  test.each([
    [300, 3, 200],
    [200, 2, 100],
    [101, 2, 100],
    [100, 1, 0],
    [0, 1, 0],
  ])(
    'in %i ms leaves time for %i attempts, and ends after %i',
    async (deadline, attempts, endMs) => {
      const { policy, clock, exhausted } = rigOf();
      const { contexts, call } = recorded(failing);
      let endedAt: number | undefined;
      const result = policy.attempt(call, { deadline }).finally(() => (endedAt = clock.now()));
      await clock.advanceAsync(10_000);
      expect(await result).toEqual({ ok: false, error: boom });
      expect(contexts).toHaveLength(attempts);
      expect(endedAt).toBe(endMs);
      expect(exhausted).toHaveLength(attempts === 3 ? 1 : 0);
    },
  );
});

describe('what a retry tells', () => {
  test('an event before each pause, one when it gives up, and counts', async () => {
    const { policy, clock, retries, exhausted } = rigOf({ name: 'shop' });
    const result = policy.attempt(failing);
    await clock.advanceAsync(50);
    expect(retries).toEqual([{ name: 'shop', attempt: 1, delayMs: 100 }]);
    await clock.advanceAsync(1_000);
    await result;
    expect(retries.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(exhausted).toEqual([{ name: 'shop', attempts: 3 }]);
    const snapshot = { name: 'shop', attempts: 3, retries: 2, exhausted: 1, overBudget: 0 };
    expect(policy.snapshot()).toEqual(snapshot);
    expect(policy.snapshot()).toEqual(snapshot);
  });

  test('messages on the channel of retries', async () => {
    const messages: unknown[] = [];
    const onMessage = (message: unknown): void => void messages.push(message);
    const subscribed = channel(CHANNELS.retry);
    subscribed.subscribe(onMessage);
    const { policy, clock } = rigOf({ attempts: 2 });
    const result = policy.attempt(failing);
    await clock.advanceAsync(1_000);
    await result;
    await rigOf({ budget: spent }).policy.attempt(failing);
    subscribed.unsubscribe(onMessage);
    expect(messages).toEqual([
      { type: 'retry', name: 'retry', attempt: 1, delayMs: 100 },
      { type: 'exhausted', name: 'retry', attempts: 2 },
      { type: 'overBudget', name: 'retry', attempt: 1 },
    ]);
  });

  test('a listener that aborts the call ends the retry before its pause', async () => {
    const { policy, clock } = rigOf();
    const caller = new AbortController();
    policy.on('retry', () => caller.abort(boom));
    const { contexts, call } = recorded(() => Promise.reject(new Error('first')));
    expect(await policy.attempt(call, { signal: caller.signal })).toEqual({
      ok: false,
      error: boom,
    });
    expect(contexts).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });

  test('nothing once it is disposed, though it works on', async () => {
    const { policy, clock, retries, exhausted } = rigOf({ attempts: 2 });
    policy[Symbol.dispose]();
    const result = policy.attempt(failing);
    await clock.advanceAsync(1_000);
    expect(await result).toEqual({ ok: false, error: boom });
    expect([...retries, ...exhausted]).toEqual([]);
  });
});

describe('update', () => {
  test('changes calls to come and keeps counts and what it is not told', async () => {
    const { policy, clock, retries } = rigOf({ backoff: { ...fixed, maxMs: 700 } });
    policy.update({ attempts: 4, backoff: { baseMs: 400, factor: 2 } });
    const result = policy.attempt(failing);
    await clock.advanceAsync(10_000);
    await result;
    expect(retries.map(({ delayMs }) => delayMs)).toEqual([400, 700, 700]);
    policy.update({ attempts: 2 });
    expect(policy.snapshot()).toMatchObject({ attempts: 2, retries: 3, exhausted: 1 });
  });

  test('takes a backoff of one’s own in the place of options, and the other way round', async () => {
    const { policy, clock, retries } = rigOf({ backoff: { ...fixed, maxMs: 700 } });
    policy.update({ backoff: (count) => count * 11 });
    policy.update({ attempts: 3 });
    const own = policy.attempt(failing);
    await clock.advanceAsync(10_000);
    await own;
    policy.update({ backoff: { kind: 'linear', baseMs: 30, jitter: 'none' } });
    const linear = policy.attempt(failing);
    await clock.advanceAsync(10_000);
    await linear;
    expect(retries.map(({ delayMs }) => delayMs)).toEqual([11, 22, 30, 60]);
  });

  test('of a part of the backoff must agree with the rest', () => {
    const { policy } = rigOf({ backoff: { kind: 'linear' } });
    expectInvalid(() => policy.update({ backoff: { jitter: 'decorrelated' } }), {
      type: RangeError,
      option: 'backoff.jitter',
      value: 'decorrelated',
    });
  });

  test('to undefined goes back to the default', async () => {
    const { policy, clock, retries } = rigOf({ attempts: 5, random: () => 0.5 });
    policy.update({ attempts: undefined, backoff: undefined });
    const result = policy.attempt(failing);
    await clock.advanceAsync(10_000);
    await result;
    expect(retries.map(({ delayMs }) => delayMs)).toEqual([50, 100]);
  });

  test('leaves the number of attempts of a call under way', async () => {
    const { policy, clock, exhausted } = rigOf();
    const { contexts, call } = recorded(failing);
    const result = policy.attempt(call);
    await clock.advanceAsync(50);
    policy.update({ attempts: 9 });
    await clock.advanceAsync(10_000);
    await result;
    expect(contexts).toHaveLength(3);
    expect(exhausted).toEqual([{ name: 'retry', attempts: 3 }]);
  });

  test('that is wrong changes nothing', () => {
    const { policy } = rigOf();
    const update = policy.update.bind(policy) as (change: unknown) => void;
    const wrong = [
      { attempts: 0 },
      { attempts: 5, backoff: { factor: 0 } },
      { tries: 1 },
      { budget: {} },
      { maxElapsedMs: -1 },
    ];
    for (const change of wrong) expect(() => update(change)).toThrow(/^option "/);
    const backoff: Complaint = { type: TypeError, option: 'backoff', value: 5 };
    expectInvalid(() => update({ backoff: 5 }), backoff);
    const name: Complaint = { type: TypeError, option: 'name', value: 'other' };
    expectInvalid(() => update({ name: 'other' }), name);
    const clock = virtualClock();
    expectInvalid(() => update({ clock }), { type: TypeError, option: 'clock', value: clock });
    expect(policy.snapshot()).toMatchObject({ name: 'retry', attempts: 3 });
  });
});

describe('options', () => {
  const made = retry as (options: unknown) => unknown;

  test.each<[unknown, string, Complaint['type'], unknown]>([
    [null, 'retry', TypeError, null],
    [3, 'retry', TypeError, 3],
    [{ attempts: 0 }, 'attempts', RangeError, 0],
    [{ attempts: 2.5 }, 'attempts', RangeError, 2.5],
    [{ attempts: Infinity }, 'attempts', RangeError, Infinity],
    [{ attempts: '3' }, 'attempts', TypeError, '3'],
    [{ backoff: 100 }, 'backoff', TypeError, 100],
    [{ backoff: { baseMs: -1 } }, 'backoff.baseMs', RangeError, -1],
    [{ backoff: { jitter: 'some' } }, 'backoff.jitter', TypeError, 'some'],
    [{ backoff: { base: 1 } }, 'backoff.base', TypeError, 1],
    [
      { backoff: { kind: 'linear', jitter: 'decorrelated' } },
      'backoff.jitter',
      RangeError,
      'decorrelated',
    ],
    [{ when: 'always' }, 'when', TypeError, 'always'],
    [{ whenResult: true }, 'whenResult', TypeError, true],
    [{ delay: 100 }, 'delay', TypeError, 100],
    [{ maxRetryAfterMs: -1 }, 'maxRetryAfterMs', RangeError, -1],
    [{ maxRetryAfterMs: Infinity }, 'maxRetryAfterMs', RangeError, Infinity],
    [{ maxElapsedMs: -1 }, 'maxElapsedMs', RangeError, -1],
    [{ maxElapsedMs: Number.NaN }, 'maxElapsedMs', RangeError, Number.NaN],
    [{ maxElapsedMs: '5s' }, 'maxElapsedMs', TypeError, '5s'],
    [{ budget: true }, 'budget', TypeError, true],
    [{ name: '' }, 'name', TypeError, ''],
    [{ clock: {} }, 'clock', TypeError, {}],
    [{ random: 0.5 }, 'random', TypeError, 0.5],
    [{ retries: 3 }, 'retry.retries', TypeError, 3],
  ])('%o is a mistake in %s', (options, option, type, value) => {
    expectInvalid(() => made(options), { type, option, value });
  });
});
