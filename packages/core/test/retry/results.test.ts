import { describe, expect, test } from 'vitest';
import {
  bulkhead,
  pipeline,
  retry,
  type Executable,
  type RetryBudget,
  type RetryOptions,
} from '../../src/index.ts';
import { listenersOn, recorded, userPolicy } from '../support/calls.ts';
import { RecordingClock } from '../support/recording-clock.ts';

const boom = new Error('boom');
const fixed = { kind: 'constant', baseMs: 100, jitter: 'none' } as const;

interface Answer {
  readonly status: number;
}

const busy: Answer = Object.freeze({ status: 503 });
const fine: Answer = Object.freeze({ status: 200 });
const isBusy = (result: unknown): boolean => (result as Answer).status === 503;

const spent: RetryBudget = {
  deposit: () => undefined,
  withdraw: () => false,
  snapshot: () => ({ credit: 0, granted: 0, refused: 0 }),
};

const rigOf = (options: RetryOptions = {}) => {
  const clock = new RecordingClock();
  const policy = retry({ clock, backoff: fixed, ...options });
  const events: string[] = [];
  policy.on('retry', ({ attempt }) => void events.push(`retry ${attempt}`));
  policy.on('exhausted', ({ attempts }) => void events.push(`exhausted ${attempts}`));
  policy.on('overBudget', ({ attempt }) => void events.push(`over budget ${attempt}`));
  return { clock, policy, events };
};

/** Makes one call after another and says how it ended; nothing may be left of it. */
const run = async (
  { clock, policy }: { readonly clock: RecordingClock; readonly policy: Executable },
  answers: readonly unknown[],
) => {
  const caller = new AbortController();
  const { contexts, call } = recorded(({ attempt }) => {
    const answer = answers[attempt - 1];
    if (answer instanceof Error) throw answer;
    return answer;
  });
  let settlements = 0;
  const end = await Promise.all([
    policy
      .execute(call, { signal: caller.signal })
      .then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      )
      .finally(() => settlements++),
    clock.advanceAsync(10_000),
  ]);
  expect([settlements, clock.pendingTimers, listenersOn(caller.signal)]).toEqual([1, 0, 0]);
  return { end: end[0], attempts: contexts.length };
};

describe('whenResult', () => {
  test('repeats a result that is unwanted, until one is not', async () => {
    const rig = rigOf({ whenResult: isBusy });
    expect(await run(rig, [busy, busy, fine])).toEqual({ end: { value: fine }, attempts: 3 });
    expect(rig.events).toEqual(['retry 1', 'retry 2']);
    expect(rig.policy.snapshot()).toMatchObject({ retries: 2, exhausted: 0 });
  });

  test('gives the last unwanted result back as it is', async () => {
    const rig = rigOf({ whenResult: isBusy });
    const last = { status: 503 };
    const { end, attempts } = await run(rig, [busy, busy, last]);
    expect('value' in end && end.value).toBe(last);
    expect(attempts).toBe(3);
    expect(rig.events).toEqual(['retry 1', 'retry 2', 'exhausted 3']);
  });

  test('gives it back as well where the budget or the time is spent', async () => {
    const once = { end: { value: busy }, attempts: 1 };
    for (const bound of [{ budget: spent }, { maxElapsedMs: 100 }, { attempts: 1 }])
      expect(await run(rigOf({ whenResult: isBusy, ...bound }), [busy])).toEqual(once);
  });

  test('mixes with errors in any order', async () => {
    const rig = rigOf({ attempts: 4, whenResult: isBusy });
    expect(await run(rig, [boom, busy, boom, fine])).toEqual({ end: { value: fine }, attempts: 4 });
    expect(await run(rig, [busy, boom, busy, boom])).toEqual({ end: { error: boom }, attempts: 4 });
    expect(await run(rig, [boom, boom, boom, busy])).toEqual({ end: { value: busy }, attempts: 4 });
  });

  test('is asked about each result, with the number of its attempt', async () => {
    const asked: unknown[] = [];
    const rig = rigOf({ whenResult: (...args) => asked.push(args) < 3, when: () => true });
    await run(rig, ['a', boom, 'b']);
    expect(asked).toEqual([
      ['a', 1],
      ['b', 3],
    ]);
  });

  test('hears of results alone, as when does of errors alone', async () => {
    const asked: unknown[] = [];
    const rig = rigOf({ whenResult: isBusy, when: (error) => asked.push(error) > 0 });
    await run(rig, [busy, busy, busy]);
    expect(asked).toEqual([]);
  });

  test.each([1, 'yes', {}, Promise.resolve(true), undefined])(
    'means only true by yes, not %o',
    async (said) => {
      const rig = rigOf({ whenResult: () => said as boolean });
      expect(await run(rig, [fine])).toEqual({ end: { value: fine }, attempts: 1 });
    },
  );

  test('takes undefined for a result like any other', async () => {
    const rig = rigOf({ whenResult: (result) => result === undefined });
    expect(await run(rig, [undefined, undefined, undefined])).toEqual({
      end: { value: undefined },
      attempts: 3,
    });
  });

  test('after the caller’s abort repeats nothing', async () => {
    const { clock, policy, events } = rigOf({ whenResult: isBusy });
    const caller = new AbortController();
    const { contexts, call } = recorded(() => {
      caller.abort(boom);
      return busy;
    });
    expect(await policy.execute(call, { signal: caller.signal })).toBe(busy);
    expect(contexts).toHaveLength(1);
    expect(events).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a function of the user’s that throws', () => {
  const bad = new TypeError('bad function');
  const throws = (): never => {
    throw bad;
  };
  const places: Readonly<Record<string, RetryOptions>> = {
    when: { when: throws },
    whenResult: { whenResult: throws },
    delay: { delay: throws },
    backoff: { backoff: throws },
    'whenResult, and when is not asked about that,': {
      whenResult: throws,
      when: (error) => error !== bad,
    },
    'withdraw of a budget of one’s own': {
      budget: { ...spent, withdraw: throws },
    },
  };
  const stacks: Readonly<Record<string, (policy: Executable) => Executable>> = {
    alone: (policy) => policy,
    'in a pipeline': (policy) => pipeline(policy),
    'over a user’s own': (policy) => pipeline(policy, userPolicy()),
    'in a retry that wants none of it': (policy) =>
      pipeline(retry({ when: (error) => error !== bad }), policy),
  };
  const cases = Object.keys(places).flatMap((place) =>
    Object.keys(stacks).map((stack) => [place, stack] as const),
  );

  test.each(cases)('%s: %s, ends the call with what it threw, once', async (place, stack) => {
    const { clock, policy, events } = rigOf(places[place]);
    const stacked = stacks[stack]?.(policy) ?? policy;
    const first = place.startsWith('whenResult') ? busy : boom;
    const { end, attempts } = await run({ clock, policy: stacked }, [first, fine, fine]);
    expect('error' in end && end.error).toBe(bad);
    expect(attempts).toBe(1);
    expect(events).toEqual([]);
    expect(policy.snapshot()).toMatchObject({ retries: 0, exhausted: 0 });
  });

  test.each(Object.keys(stacks))(
    'deposit of a budget of one’s own: %s, the call is not made, and what lies outside is left',
    async (stack) => {
      const { clock, policy } = rigOf({ budget: { ...spent, deposit: throws } });
      const room = bulkhead({ concurrency: 1, clock });
      const stacked = pipeline(room, stacks[stack]?.(policy) ?? policy);
      for (const each of [stacks[stack]?.(policy) ?? policy, stacked]) {
        const { end, attempts } = await run({ clock, policy: each }, [fine]);
        expect('error' in end && end.error).toBe(bad);
        expect(attempts).toBe(0);
      }
      expect(room.snapshot()).toMatchObject({ inFlight: 0 });
    },
  );

  const later = (own: unknown): (() => never) => {
    let asked = 0;
    return () => (asked++ === 0 ? (own as never) : throws());
  };

  test.each<[string, RetryOptions, unknown]>([
    ['when', { when: later(true) }, boom],
    ['whenResult', { whenResult: later(true) }, busy],
    ['delay', { delay: later(1) }, boom],
    ['backoff', { backoff: later(1) }, boom],
  ])('%s: in a later attempt, too', async (_place, options, answer) => {
    const rig = rigOf(options);
    const { end, attempts } = await run(rig, [answer, answer, answer]);
    expect('error' in end && end.error).toBe(bad);
    expect(attempts).toBe(2);
    expect(rig.events).toEqual(['retry 1']);
  });
});
