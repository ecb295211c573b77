import { FAILS, type Asks, type Growth, type Plan, type Turn } from './plan.ts';

/** Everything that can be seen of a call under a retry. */
export interface History {
  /** When each attempt began. */
  readonly starts: number[];
  readonly delays: number[];
  /** How often the budget was asked. */
  withdrawals: number;
  exhausted: number;
  overBudget: number;
  /** When and how the call ended for its caller: by an attempt’s ending, or by the abort. */
  readonly end: { readonly atMs: number; readonly by: string };
}

/** The delay before jitter, step by step. */
const whole = ({ kind, baseMs, factor, maxMs }: Growth, retry: number): number => {
  let delay = baseMs;
  for (let step = 1; step < retry; step++) {
    if (kind === 'exponential') delay *= factor;
    if (kind === 'linear') delay += baseMs;
  }
  return Math.min(delay, maxMs);
};

const between = (least: number, most: number, roll: number): number =>
  least + (most - least) * roll;

/** The backoff of a user: any function of the two things it is told. */
export const ownDelay = (retry: number, previousMs: number): number => 7 * retry + previousMs / 2;

const backoff = (growth: Growth, retry: number, previousMs: number, roll: number): number => {
  const { kind, jitter, baseMs, maxMs } = growth;
  if (kind === 'own') return ownDelay(retry, previousMs);
  const delay = whole(growth, retry);
  switch (jitter) {
    case 'none':
      return delay;
    case 'full':
      return between(0, delay, roll);
    case 'equal':
      return between(delay / 2, delay, roll);
    case 'decorrelated': {
      const before = previousMs === 0 ? baseMs : previousMs;
      const least = Math.min(baseMs, maxMs);
      return between(least, Math.min(maxMs, Math.max(least, 3 * before)), roll);
    }
    default: {
      const middle = Math.min(delay, maxMs / (1 + jitter));
      return between(middle - middle * jitter, middle + middle * jitter, roll);
    }
  }
};

const NEVER_RETRIED = new Set<Turn['ending']>(['is hopeless', 'is refused', 'holds a refusal']);

/** A date tells whole seconds: what is left until the last of them. */
const askedFor = ({ seconds, as }: Asks, now: number): number => {
  if (as !== 'date') return seconds * 1_000;
  const dateMs = Math.floor(now / 1_000 + seconds) * 1_000;
  return Math.max(0, dateMs - now);
};

/** The delay before another attempt; undefined when the description says that there is none. */
const delayAfter = (
  plan: Plan,
  turn: Turn,
  { retry, previousMs, now }: { retry: number; previousMs: number; now: number },
): number | undefined => {
  if (NEVER_RETRIED.has(turn.ending)) return undefined;
  let delay = backoff(plan.growth, retry, previousMs, plan.roll);
  if (turn.asks !== undefined) {
    const askedMs = askedFor(turn.asks, now);
    if (askedMs > plan.maxRetryAfterMs) return undefined;
    delay = Math.max(delay, askedMs + askedMs * 0.1 * plan.roll);
  }
  if (delay >= plan.deadline - now) return undefined;
  return plan.maxElapsedMs !== undefined && delay >= plan.maxElapsedMs - now ? undefined : delay;
};

/** A call as it goes on, with nothing but numbers for time. */
class Course {
  readonly #plan: Plan;
  readonly #told: History;
  #now = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
    const end = { atMs: 0, by: '' };
    this.#told = { starts: [], delays: [], withdrawals: 0, exhausted: 0, overBudget: 0, end };
  }

  run(): History {
    for (let attempt = 1; ; attempt++) {
      const by = this.#attempt(attempt) ?? this.#pause(attempt);
      if (by !== undefined) return { ...this.#told, end: { atMs: this.#now, by } };
    }
  }

  get #abortAt(): number {
    return this.#plan.abort?.atMs ?? Infinity;
  }

  #turn(attempt: number): Turn {
    return this.#plan.turns[attempt - 1] ?? FAILS;
  }

  /** Makes an attempt; how it ended, where it is the last whatever else is still allowed. */
  #attempt(attempt: number): string | undefined {
    const { attempts } = this.#plan;
    const stopped = this.#work(this.#turn(attempt));
    const by = stopped ? 'abort' : this.#ending(attempt);
    if (by === `answers ${attempt}`) return by;
    const last = attempt === attempts;
    if (last && attempts > 1) this.#told.exhausted++;
    return last || this.#abortAt <= this.#now ? by : undefined;
  }

  /** Lets an attempt take its time; true when the abort came first and was heeded. */
  #work({ tookMs }: Turn): boolean {
    this.#told.starts.push(this.#now);
    const endsAt = this.#now + tookMs;
    const stopped = this.#plan.abort?.heeded === true && this.#abortAt < endsAt;
    this.#now = stopped ? this.#abortAt : endsAt;
    return stopped;
  }

  #ending(attempt: number): string {
    return `${this.#turn(attempt).ending} ${attempt}`;
  }

  /** Waits for the next attempt; how the call ends where there is none. */
  #pause(attempt: number): string | undefined {
    const told = this.#told;
    const turn = this.#turn(attempt);
    const by = this.#ending(attempt);
    const state = { retry: attempt, previousMs: told.delays.at(-1) ?? 0, now: this.#now };
    const delay = delayAfter(this.#plan, turn, state);
    if (delay === undefined) return by;
    told.withdrawals++;
    if (told.withdrawals > this.#plan.credit) {
      told.overBudget++;
      return by;
    }
    told.delays.push(delay);
    // Timers count in whole milliseconds and never fire early.
    const wakesAt = this.#now + Math.ceil(delay);
    this.#now = Math.min(wakesAt, this.#abortAt);
    return this.#abortAt < wakesAt ? 'abort' : undefined;
  }
}

/** What is to happen, told without promises, timers or p-retry. */
export const expected = (plan: Plan): History => new Course(plan).run();
