import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  fallback,
  HoldfastError,
  pipeline,
  type Executable,
  type FallbackOptions,
} from '../../src/index.ts';
import { listenersOn, userPolicy } from '../support/calls.ts';
import { RecordingClock } from '../support/recording-clock.ts';

const STACKS = ['alone', 'in a pipeline', 'over a user’s own', 'under a user’s own'] as const;
const CALLS = ['answers', 'rejects', 'throws', 'is refused', 'times out'] as const;
const ANSWERS = ['value', 'undefined', 'at once', 'later', 'throws', 'under a policy'] as const;

interface Plan {
  readonly call: (typeof CALLS)[number];
  readonly tookMs: number;
  readonly when: 'not given' | 'yes' | 'no' | 'throws';
  readonly answer: (typeof ANSWERS)[number];
  /** Between two milliseconds; nobody heeds it. */
  readonly abortAt: number | undefined;
  readonly stack: (typeof STACKS)[number];
}

const plans: fc.Arbitrary<Plan> = fc.record({
  call: fc.constantFrom(...CALLS),
  tookMs: fc.nat({ max: 3 }),
  when: fc.constantFrom('not given', 'yes', 'no', 'throws'),
  answer: fc.constantFrom(...ANSWERS),
  abortAt: fc.option(
    fc.nat({ max: 5 }).map((ms) => ms + 0.5),
    { nil: undefined },
  ),
  stack: fc.constantFrom(...STACKS),
});

interface Seen {
  readonly end: unknown;
  readonly answered: number;
  readonly asked: readonly unknown[];
  readonly atMs: number;
}

const errors: Readonly<Record<Exclude<Plan['call'], 'answers'>, unknown>> = {
  rejects: new Error('rejects'),
  throws: 'a thrown text',
  'is refused': new HoldfastError({ code: 'HF_CIRCUIT_OPEN', policy: 'p' }),
  'times out': new HoldfastError({ code: 'HF_TIMEOUT', policy: 'p' }),
};
const badWhen = new Error('bad when');
const badAnswer = new Error('bad answer');

/** What a fallback is to do, in words. */
const expected = ({ call, tookMs, when, answer, abortAt }: Plan): Seen => {
  if (call === 'answers') return { end: 'answer', answered: 0, asked: [], atMs: tookMs };
  const error = errors[call];
  const gone = abortAt !== undefined && abortAt < tookMs;
  if (gone) return { end: error, answered: 0, asked: [], atMs: tookMs };
  const asked = when === 'not given' ? [] : [error];
  if (when === 'throws') return { end: badWhen, answered: 0, asked, atMs: tookMs };
  if (when === 'no') return { end: error, answered: 0, asked, atMs: tookMs };
  const ends = {
    value: 'instead',
    undefined,
    'at once': [error],
    later: [error],
    throws: badAnswer,
    'under a policy': [error],
  };
  const atMs = answer === 'later' ? tookMs + 2 : tookMs;
  return { end: ends[answer], answered: 1, asked, atMs };
};

const answerOf = (answer: Plan['answer'], clock: RecordingClock): FallbackOptions<unknown> => {
  switch (answer) {
    case 'value':
      return { value: 'instead' };
    case 'undefined':
      return { value: undefined };
    case 'at once':
      return { to: (error) => [error] };
    case 'later':
      return {
        to: (error) => new Promise((resolve) => void clock.setTimer(() => resolve([error]), 2)),
      };
    case 'throws':
      return {
        to: () => {
          throw badAnswer;
        },
      };
    case 'under a policy':
      return { to: (error) => [error], policy: userPolicy() };
  }
};

const stackOf = (which: Plan['stack'], policy: Executable<unknown>): Executable<unknown> => {
  if (which === 'alone') return policy;
  if (which === 'in a pipeline') return pipeline(policy);
  return which === 'over a user’s own'
    ? pipeline(policy, userPolicy())
    : pipeline(userPolicy(), policy);
};

const observed = async (plan: Plan): Promise<Seen> => {
  const clock = new RecordingClock();
  const caller = new AbortController();
  const asked: unknown[] = [];
  const when = (error: unknown): boolean => {
    asked.push(error);
    if (plan.when === 'throws') throw badWhen;
    return plan.when === 'yes';
  };
  const options = answerOf(plan.answer, clock);
  const policy = fallback<unknown>(plan.when === 'not given' ? options : { ...options, when });
  const call = (): unknown => {
    if (plan.call === 'answers') return ended(Promise.resolve('answer'));
    const error = errors[plan.call];
    if (plan.call === 'throws' && plan.tookMs === 0) throw error;
    return ended(Promise.reject(error));
  };
  /** The same end, once the call has taken its time. */
  const ended = async (end: Promise<unknown>): Promise<unknown> => {
    end.catch(() => undefined);
    if (plan.tookMs > 0) await new Promise<void>((done) => void clock.setTimer(done, plan.tookMs));
    return await end;
  };
  if (plan.abortAt !== undefined) clock.setTimer(() => caller.abort(), plan.abortAt);
  let atMs = -1;
  const settle = (end: unknown): unknown => {
    atMs = clock.now();
    return end;
  };
  const result = stackOf(plan.stack, policy)
    .execute(call, { signal: caller.signal })
    .then(settle, settle);
  await clock.advanceAsync(100);
  const end = await result;
  expect([listenersOn(caller.signal), clock.pendingTimers]).toEqual([0, 0]);
  const { answered } = policy.snapshot() as { readonly answered: number };
  return { end, answered, asked, atMs };
};

test('a fallback does as a description in words says, alone and in every stack', async () => {
  const property = fc.asyncProperty(plans, async (plan) => {
    const [seen, told] = [await observed(plan), expected(plan)];
    expect(seen).toEqual(told);
    // Errors are handed on as they are, not as equals of themselves.
    expect(Object.is(seen.end, told.end) || Array.isArray(told.end)).toBe(true);
  });
  await fc.assert(property, { numRuns: 500 });
});
