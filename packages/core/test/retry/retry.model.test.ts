import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HoldfastError, retry, type BackoffOptions } from '../../src/index.ts';
import { seededRandom, virtualClock } from '../../src/testing/index.ts';

/** How one attempt ends, after how long. */
interface Turn {
  readonly ending: 'answers' | 'fails' | 'is refused' | 'is hopeless';
  readonly tookMs: number;
}

interface Plan {
  readonly turns: readonly Turn[];
  readonly attempts: number;
  readonly backoff: Required<{ [Name in keyof BackoffOptions]: NonNullable<BackoffOptions[Name]> }>;
  readonly seed: number;
  readonly deadline: number;
}

interface History {
  /** When each attempt began. */
  readonly starts: readonly number[];
  readonly delays: readonly number[];
  readonly end: { readonly at: number; readonly by: Turn['ending']; readonly attempt: number };
  readonly exhausted: number;
}

const FAILS: Turn = { ending: 'fails', tookMs: 0 };

const plans: fc.Arbitrary<Plan> = fc.record({
  turns: fc.array(
    fc.record({
      ending: fc.constantFrom('fails', 'fails', 'fails', 'answers', 'is refused', 'is hopeless'),
      tookMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 300 })),
    }),
    { maxLength: 8 },
  ),
  attempts: fc.integer({ min: 1, max: 8 }),
  backoff: fc.record({
    baseMs: fc.integer({ min: 0, max: 200 }),
    factor: fc.integer({ min: 1, max: 4 }),
    maxMs: fc.integer({ min: 0, max: 1_000 }),
    jitter: fc.constantFrom('none', 'full', 'equal'),
  }),
  seed: fc.integer(),
  deadline: fc.oneof(fc.constant(Infinity), fc.integer({ min: 0, max: 3_000 })),
});

/** The delay before jitter, by multiplying as often as there were retries. */
const wholeDelay = ({ baseMs, factor, maxMs }: Plan['backoff'], retries: number): number => {
  let delay = baseMs;
  for (let already = 0; already < retries; already++) delay *= factor;
  return Math.min(delay, maxMs);
};

/** What is to happen, told without promises, timers or p-retry. */
const expected = ({ turns, attempts, backoff, seed, deadline }: Plan): History => {
  const random = seededRandom(seed);
  const starts: number[] = [];
  const delays: number[] = [];
  let now = 0;
  for (let attempt = 1; ; attempt++) {
    const { ending, tookMs } = turns[attempt - 1] ?? FAILS;
    starts.push(now);
    now += tookMs;
    const end = { at: now, by: ending, attempt };
    const usedUp = attempt === attempts && attempts > 1 && ending !== 'answers';
    if (ending !== 'fails' || attempt === attempts) {
      return { starts, delays, end, exhausted: usedUp ? 1 : 0 };
    }
    const whole = wholeDelay(backoff, delays.length);
    const roll = random();
    const jittered = { none: whole, full: whole * roll, equal: whole / 2 + (whole / 2) * roll };
    const delay = jittered[backoff.jitter];
    if (now + delay >= deadline) return { starts, delays, end, exhausted: 0 };
    delays.push(delay);
    // Timers count in whole milliseconds and never fire early.
    now += Math.ceil(delay);
  }
};

/** An error that says which attempt it ended. */
const errorOf = (ending: Turn['ending'], attempt: number): unknown =>
  ending === 'is refused'
    ? new HoldfastError({ code: 'HF_CIRCUIT_OPEN', policy: String(attempt) })
    : `${ending} ${attempt}`;

const shown = (error: unknown): unknown => (error instanceof HoldfastError ? error.policy : error);

/** What does happen. */
const observed = async ({ turns, attempts, backoff, seed, deadline }: Plan): Promise<unknown> => {
  const clock = virtualClock();
  const starts: number[] = [];
  const delays: number[] = [];
  const policy = retry({
    attempts,
    backoff,
    clock,
    random: seededRandom(seed),
    when: (error) => !String(error).startsWith('is hopeless'),
  });
  policy.on('retry', ({ delayMs }) => void delays.push(delayMs));
  const result = policy.attempt(
    async ({ attempt }) => {
      starts.push(clock.now());
      const { ending, tookMs } = turns[attempt - 1] ?? FAILS;
      if (tookMs > 0) await new Promise<void>((done) => void clock.setTimer(done, tookMs));
      if (ending === 'answers') return attempt;
      throw errorOf(ending, attempt);
    },
    { deadline },
  );
  let at: number | undefined;
  void result.then(() => (at = clock.now()));
  await clock.advanceAsync(60_000);
  expect(clock.pendingTimers).toBe(0);
  const settled = await result;
  const { exhausted } = policy.snapshot() as { exhausted: number };
  return {
    starts,
    delays,
    at,
    exhausted,
    settled: settled.ok ? settled.value : shown(settled.error),
  };
};

test('a retry makes the attempts, keeps the pauses and ends as a model without promises says', async () => {
  const property = fc.asyncProperty(plans, async (plan) => {
    const { end, ...told } = expected(plan);
    const settled = end.by === 'answers' ? end.attempt : shown(errorOf(end.by, end.attempt));
    expect(await observed(plan)).toEqual({ ...told, at: end.at, settled });
  });
  await fc.assert(property, { numRuns: 300 });
});
