import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  consecutive,
  deadline,
  pipeline,
  retry,
  timeout,
  type CallContext,
  type Executable,
  type Pipeline,
  type TimeoutEvents,
} from '../../src/index.ts';
import { benchOf } from '../support/breaker.ts';
import { hang, recorded, untilAborted, userPolicy } from '../support/calls.ts';
import { RecordingClock } from '../support/recording-clock.ts';
import { hearWarnings } from '../support/warnings.ts';

const boom = new Error('boom');
const fixed = { kind: 'constant', baseMs: 50, jitter: 'none' } as const;

interface Counts {
  readonly timeouts: number;
  readonly lateInFlight: number;
  readonly lateSuccesses: number;
  readonly lateFailures: number;
}

const rigOf = () => {
  const clock = new RecordingClock();
  const policy = timeout({ timeoutMs: 100, clock });
  const late: Omit<TimeoutEvents['late'], 'name'>[] = [];
  policy.on('late', ({ ok, lateMs }) => void late.push({ ok, lateMs }));
  const counts = (): Counts => policy.snapshot() as Counts;
  return { clock, policy, late, counts };
};

/** A call that ignores its signal and ends by itself. */
const after = (clock: RecordingClock, ms: number, ok: boolean): Promise<string> =>
  new Promise((resolve, reject) => {
    clock.setTimer(() => (ok ? resolve('answer') : reject(boom)), ms);
  });

/** One call: when it begins, how long it takes, how it ends. */
interface Work {
  readonly beginsAt: number;
  readonly tookMs: number;
  readonly ok: boolean;
}

// The half keeps every end apart from the hundredth millisecond.
const work: fc.Arbitrary<Work> = fc.record({
  beginsAt: fc.nat({ max: 400 }),
  tookMs: fc.nat({ max: 300 }).map((ms) => ms + 0.5),
  ok: fc.boolean(),
});

const isLate = ({ tookMs }: Work): boolean => tookMs > 100;

/** What the counts are to be at a time, from the list of calls alone. */
const countsAt = (works: readonly Work[], now: number): Counts => {
  const ended = works.filter((each) => isLate(each) && each.beginsAt + 100 <= now);
  const over = ended.filter(({ beginsAt, tookMs }) => beginsAt + tookMs <= now);
  const lateSuccesses = over.filter(({ ok }) => ok).length;
  return {
    timeouts: ended.length,
    lateInFlight: ended.length - over.length,
    lateSuccesses,
    lateFailures: over.length - lateSuccesses,
  };
};

test('what runs on is counted from the end of its time to its own end, and told once', async () => {
  const inputs = [fc.array(work, { maxLength: 12 }), fc.array(fc.nat({ max: 900 }))] as const;
  const property = fc.asyncProperty(...inputs, async (works, looks) => {
    const { clock, policy, late, counts } = rigOf();
    const results = works.map(
      ({ beginsAt, tookMs, ok }) =>
        new Promise((resolve) => {
          const begin = (): void => resolve(policy.attempt(() => after(clock, tookMs, ok)));
          clock.setTimer(begin, beginsAt);
        }),
    );
    for (const look of [...looks.toSorted((a, b) => a - b), 1_000]) {
      await clock.advanceAsync(look - clock.now());
      expect(counts()).toMatchObject(countsAt(works, look));
    }
    const settled = (await Promise.all(results)) as { readonly ok: boolean }[];
    expect(settled.map(({ ok }) => ok)).toEqual(works.map((each) => each.ok && !isLate(each)));
    const told = works
      .filter(isLate)
      .toSorted((a, b) => a.beginsAt + a.tookMs - b.beginsAt - b.tookMs)
      .map(({ tookMs, ok }) => ({ ok, lateMs: tookMs - 100 }));
    expect(late).toHaveLength(told.length);
    expect(late).toEqual(expect.arrayContaining(told));
    policy[Symbol.dispose]();
    expect(clock.pendingTimers).toBe(0);
  });
  await fc.assert(property, { numRuns: 150 });
});

describe('a call that runs on after its timeout', () => {
  test('that heeds its signal has run on for no time', async () => {
    const { clock, policy, late, counts } = rigOf();
    const result = policy.attempt(untilAborted);
    await clock.advanceAsync(100);
    expect(await result).toMatchObject({ rejection: { code: 'HF_TIMEOUT' } });
    expect(late).toEqual([{ ok: false, lateMs: 0 }]);
    expect(counts()).toMatchObject({ timeouts: 1, lateInFlight: 0, lateFailures: 1 });
  });

  test('that never ends stays in the gauge', async () => {
    const { clock, policy, late, counts } = rigOf();
    const results = [policy.attempt(hang), policy.attempt(hang)];
    await clock.advanceAsync(1e9);
    await Promise.all(results);
    expect(counts()).toMatchObject({ timeouts: 2, lateInFlight: 2 });
    expect(late).toEqual([]);
  });

  test('is told after the timeout, with the counts already changed', async () => {
    const { clock, policy, counts } = rigOf();
    const told: unknown[] = [];
    policy.on('timeout', () => void told.push(['timeout', counts().lateInFlight]));
    policy.on(
      'late',
      () => void told.push(['late', counts().lateInFlight, counts().lateSuccesses]),
    );
    const result = policy.attempt(() => after(clock, 150, true));
    await clock.advanceAsync(1_000);
    await result;
    expect(told).toEqual([
      ['timeout', 1],
      ['late', 0, 1],
    ]);
  });

  test('moves nothing when it throws, rejects or gives a promise that rejects later', async () => {
    const { clock, policy, counts } = rigOf();
    const results = [
      policy.attempt(() => after(clock, 150, false)),
      policy.attempt(async (context) => await untilAborted(context)),
      policy.attempt(async () => {
        await after(clock, 200, true);
        throw boom;
      }),
    ];
    await clock.advanceAsync(1_000);
    for (const settled of await Promise.all(results))
      expect(settled).toMatchObject({ rejection: { code: 'HF_TIMEOUT' } });
    expect(counts()).toMatchObject({ lateInFlight: 0, lateFailures: 3 });
  });

  test('that was never made because its deadline had passed is none', async () => {
    const { clock, policy, counts } = rigOf();
    await policy.attempt(hang, { deadline: clock.now() });
    expect(counts()).toMatchObject({ timeouts: 1, lateInFlight: 0 });
  });

  test('reads that it has no time left, and that its signal is aborted', async () => {
    const { clock, policy } = rigOf();
    const { contexts, call } = recorded(hang);
    const result = policy.attempt(call);
    expect(contexts[0]?.remainingMs()).toBe(Infinity);
    await clock.advanceAsync(100);
    await result;
    expect(contexts[0]?.remainingMs()).toBe(0);
    expect(contexts[0]?.signal.aborted).toBe(true);
  });
});

/** Ends each attempt as its place in the list says. */
const attemptsOf =
  (clock: RecordingClock, ...tookMs: readonly number[]) =>
  ({ attempt }: CallContext): Promise<string> =>
    after(clock, tookMs[attempt - 1] ?? Infinity, true);

describe('retry > timeout', () => {
  test('each attempt has its own time, and each that runs on is counted', async () => {
    const { clock, policy, late, counts } = rigOf();
    const stack = pipeline(retry({ clock, backoff: fixed }), policy);
    const result = stack.attempt(attemptsOf(clock, 400, 400, 60));
    await clock.advanceAsync(310);
    expect(counts()).toMatchObject({ timeouts: 2, lateInFlight: 2 });
    await clock.advanceAsync(50);
    expect(await result).toEqual({ ok: true, value: 'answer' });
    await clock.advanceAsync(1_000);
    expect(late).toEqual([
      { ok: true, lateMs: 300 },
      { ok: true, lateMs: 300 },
    ]);
    expect(counts()).toMatchObject({ timeouts: 2, lateInFlight: 0, lateSuccesses: 2 });
  });

  test('the late answer of one attempt is not taken for that of another', async () => {
    const { clock, policy } = rigOf();
    const stack = pipeline(retry({ clock, backoff: fixed, attempts: 2 }), policy);
    const result = stack.attempt(attemptsOf(clock, 160, 300));
    await clock.advanceAsync(1_000);
    expect(await result).toMatchObject({ rejection: { code: 'HF_TIMEOUT' } });
  });
});

describe('timeout > retry', () => {
  // Of the order, which is not one to recommend.
  beforeEach(() => void hearWarnings());

  test('ends attempt, pause and all, and counts what runs on', async () => {
    const { clock, policy, counts } = rigOf();
    const stack = pipeline(policy, retry({ clock, backoff: fixed }), userPolicy());
    const { contexts, call } = recorded(({ attempt }) =>
      attempt === 1 ? Promise.reject(boom) : after(clock, 200, true),
    );
    const result = stack.attempt(call);
    await clock.advanceAsync(100);
    expect(await result).toMatchObject({ rejection: { code: 'HF_TIMEOUT' } });
    expect(contexts).toHaveLength(2);
    expect(contexts.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    expect(counts()).toMatchObject({ lateInFlight: 1 });
    await clock.advanceAsync(1_000);
    expect(counts()).toMatchObject({ lateInFlight: 0, lateSuccesses: 1 });
    expect(contexts).toHaveLength(2);
  });

  test('in a pause leaves nothing that runs on', async () => {
    const { clock, policy, counts } = rigOf();
    const slow = retry({ clock, backoff: { ...fixed, baseMs: 1_000 } });
    const result = pipeline(policy, slow).attempt(() => Promise.reject(boom));
    await clock.advanceAsync(100);
    expect(await result).toMatchObject({ rejection: { code: 'HF_TIMEOUT' } });
    expect(counts()).toMatchObject({ timeouts: 1, lateInFlight: 0 });
    expect(clock.holdsProcess).toBe(false);
  });
});

test.each<[string, (clock: RecordingClock, policy: Executable) => Pipeline]>([
  ['breaker > timeout', (clock, policy) => pipeline(breakerOn(clock), policy)],
  ['timeout > breaker', (clock, policy) => pipeline(policy, breakerOn(clock))],
  ['timeout > own', (_clock, policy) => pipeline(policy, userPolicy())],
  ['own > timeout', (_clock, policy) => pipeline(userPolicy(), policy)],
  ['deadline > timeout', (clock, policy) => pipeline(deadline({ deadlineMs: 500, clock }), policy)],
])('%s: what runs on is counted once', async (_title, stackOf) => {
  const { clock, policy, late, counts } = rigOf();
  const result = stackOf(clock, policy).attempt(() => after(clock, 170, false));
  await clock.advanceAsync(120);
  expect(await result).toMatchObject({ rejection: { code: 'HF_TIMEOUT' } });
  expect(counts()).toMatchObject({ lateInFlight: 1 });
  await clock.advanceAsync(1_000);
  expect(counts()).toMatchObject({ timeouts: 1, lateInFlight: 0, lateFailures: 1 });
  expect(late).toEqual([{ ok: false, lateMs: 70 }]);
});

const breakerOn = (clock: RecordingClock): Executable =>
  benchOf({ trip: consecutive(100), clock }).breaker;
