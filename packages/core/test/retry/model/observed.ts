import { expect } from 'vitest';
import {
  HoldfastError,
  pipeline,
  retry,
  type Call,
  type Executable,
  type Result,
  type RetryBudget,
  type RetryOptions,
} from '../../../src/index.ts';
import { listenersOn, untilAborted, userPolicy } from '../../support/calls.ts';
import { RecordingClock } from '../../support/recording-clock.ts';
import { ownDelay, type History } from './expected.ts';
import { FAILS, type Asks, type Plan, type Turn } from './plan.ts';

/** What one attempt gives or throws, by which the test knows it again. */
interface End {
  readonly label: string;
  readonly turn: Turn;
  readonly asks: number | string | undefined;
}

const asked = ({ seconds, as }: Asks, clock: RecordingClock): number | string => {
  if (as === 'milliseconds') return seconds * 1_000;
  if (as === 'seconds') return String(seconds);
  return new Date(clock.wallNow() + seconds * 1_000).toUTCString();
};

const refusal = (): HoldfastError => new HoldfastError({ code: 'HF_CIRCUIT_OPEN', policy: 'p' });

/** How an attempt of a plan ends. */
const endOf = (turn: Turn, attempt: number, clock: RecordingClock): End => ({
  label: `${turn.ending} ${attempt}`,
  turn,
  asks: turn.asks && asked(turn.asks, clock),
});

/** The same as a result. */
export const resultOf = (turn: Turn, attempt: number, clock: RecordingClock): Result<End> => {
  const end = endOf(turn, attempt, clock);
  return turn.ending === 'answers' || turn.ending === 'is unwanted'
    ? { ok: true, value: end }
    : { ok: false, error: errorOf(end) };
};

const errorOf = (end: End): Error => {
  const { ending } = end.turn;
  if (ending === 'is refused') return Object.assign(refusal(), end);
  if (ending === 'times out')
    return Object.assign(new HoldfastError({ code: 'HF_TIMEOUT', policy: 'p' }), end);
  const cause = ending === 'holds a refusal' ? refusal() : undefined;
  return Object.assign(new TypeError(end.label, { cause }), end);
};

const gone = { label: 'abort' };

/** A retry’s options and the call of a plan, on a virtual clock. */
export class Rig {
  // A whole second, so that dates can tell when it is over.
  readonly clock = new RecordingClock({ wallMs: 1_700_000_000_000 });
  readonly starts: number[] = [];
  readonly delays: number[] = [];
  readonly caller = new AbortController();
  deposits = 0;
  withdrawals = 0;
  /** Timers of the test’s own. */
  #timers = 0;
  readonly #plan: Plan;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** Timers that stand and are none of the test’s own. */
  get timersLeft(): number {
    return this.clock.pendingTimers - this.#timers;
  }

  later(act: () => void, ms: number): void {
    this.#timers++;
    this.clock.setTimer(() => {
      this.#timers--;
      act();
    }, ms);
  }

  get #budget(): RetryBudget {
    return {
      deposit: () => void this.deposits++,
      withdraw: () => ++this.withdrawals <= this.#plan.credit,
      snapshot: () => ({ credit: 0, granted: 0, refused: 0 }),
    };
  }

  get options(): RetryOptions {
    const { growth, attempts, maxElapsedMs, maxRetryAfterMs, roll } = this.#plan;
    const { kind, ...rest } = growth;
    return {
      clock: this.clock,
      attempts,
      backoff: kind === 'own' ? ownDelay : { kind, ...rest },
      maxElapsedMs,
      maxRetryAfterMs,
      budget: this.#budget,
      random: () => roll,
      when: (error) => (error as End).turn.ending !== 'is hopeless',
      whenResult: this.#plan.turns.some(({ ending }) => ending === 'is unwanted')
        ? (result) => (result as End).turn.ending === 'is unwanted'
        : undefined,
      delay: (errorOrResult) => (errorOrResult as End).asks,
    };
  }

  readonly call: Call<End> = async (context) => {
    const { attempt } = context;
    this.starts.push(this.clock.now());
    const turn = this.#plan.turns[attempt - 1] ?? FAILS;
    const { promise, resolve } = Promise.withResolvers<void>();
    if (turn.tookMs > 0) this.later(resolve, turn.tookMs);
    else resolve();
    const heeded = this.#plan.abort?.heeded === true && turn.tookMs > 0;
    await (heeded ? Promise.race([promise, untilAborted(context)]) : promise);
    const result = resultOf(turn, attempt, this.clock);
    if (result.ok) return result.value;
    throw result.error;
  };
}

const stackOf = (which: Plan['stack'], policy: Executable): Executable => {
  switch (which) {
    case 'alone':
      return policy;
    case 'in a pipeline':
      return pipeline(policy);
    case 'over a user’s own':
      return pipeline(policy, userPolicy());
    case 'under a user’s own':
      return pipeline(userPolicy(), policy);
  }
};

/** What does happen; and nothing may be left once it has. */
export const observed = async (plan: Plan): Promise<History> => {
  const rig = new Rig(plan);
  const { clock, caller, starts, delays } = rig;
  const policy = retry(rig.options);
  policy.on('retry', ({ attempt, delayMs }) => void (delays[attempt - 1] = delayMs));
  const stack = stackOf(plan.stack, policy);
  const { abort, deadline } = plan;
  if (abort) rig.later(() => caller.abort(gone), abort.atMs);
  let atMs = -1;
  let left = -1;
  const ended = (end: unknown): string => {
    atMs = clock.now();
    left = rig.timersLeft;
    return (end as End).label;
  };
  const result = stack.execute(rig.call, { signal: caller.signal, deadline }).then(ended, ended);
  await clock.advanceAsync(1e6);
  const { exhausted, overBudget, retries } = policy.snapshot() as Record<string, number>;
  expect(retries).toBe(delays.length);
  expect(rig.deposits).toBe(1);
  expect([left, clock.pendingTimers, listenersOn(caller.signal)]).toEqual([0, 0, 0]);
  return {
    starts,
    delays,
    withdrawals: rig.withdrawals,
    exhausted: exhausted ?? -1,
    overBudget: overBudget ?? -1,
    end: { by: await result, atMs },
  };
};
