import type { CallContext, Policy } from '../call.ts';
import type { HoldfastError, RefusalCode } from '../errors.ts';
import type { Clock } from '../runtime/clock.ts';

/** How many units a call takes: a whole number, or a function of the call's context that gives one. */
export type Cost = number | ((context: CallContext) => number);

interface CommonOptions {
  /** Stands in errors, events and metrics. Default `rate-limit`. */
  readonly name?: string | undefined;
  /** How long a call may wait for its units, first come, first served. Default 0: refused at once. */
  readonly maxWaitMs?: number | undefined;
  /** How many calls may wait at once, of all keys together. Default 1,000. */
  readonly maxWaiting?: number | undefined;
  /** How many keys are remembered; what happens beyond is told at `rateLimit`. Default 100,000. */
  readonly maxKeys?: number | undefined;
  /**
   * How many units a call takes. Default 1. A fixed cost is a whole number from 1 to `burst` or
   * `quota`. A function may also answer 0, and such a call is free: it uses nothing and waits for
   * nobody. A cost that is more than there ever is has the call refused, without `retryAfterMs`. A
   * function that throws, or answers with no whole number from 0, fails its own call with that error.
   */
  readonly cost?: Cost | undefined;
  readonly clock?: Clock | undefined;
}

/** Units come back one by one (GCRA). In any window of `w` seconds at most `burst + rate * w`. */
export interface RateOptions extends CommonOptions {
  /** Units per second on average, from one in 30 years to a billion. */
  readonly rate: number;
  /** How many units are ever there at once: a whole number. Default `rate`, rounded, at least 1. */
  readonly burst?: number | undefined;
  readonly quota?: undefined;
  readonly windowMs?: undefined;
}

/** At most `quota` units in any window of `windowMs` (a sliding window). */
export interface QuotaOptions extends CommonOptions {
  /** Units per window: a whole number. */
  readonly quota: number;
  readonly windowMs: number;
  readonly rate?: undefined;
  readonly burst?: undefined;
}

/** Options of `rateLimit`: either `rate`, and `burst` with it, or `quota` and `windowMs`. */
export type RateLimitOptions = RateOptions | QuotaOptions;

/** What `on` of a rate limit can listen to. */
export interface RateLimitEvents {
  /** A call was turned away, at once or after it waited. */
  refusal: {
    readonly name: string;
    readonly code: RefusalCode;
    readonly retryAfterMs: number | undefined;
  };
}

/** What to take, and from whom. */
export interface TakeOptions {
  /** Tenant, user, address …; without one, from what all calls without a key share. */
  readonly key?: string | undefined;
  /** A whole number from 0. Default the option `cost`, or 1 where that is a function. 0 only looks. */
  readonly cost?: number | undefined;
}

/** The units were there, and are taken. */
export interface Admitted {
  readonly admitted: true;
  /** Whole units that are there for the next call. */
  readonly remaining: number;
  /** When one more is there than now if nobody takes any; 0 where all are. */
  readonly moreMs: number;
  /** When all units are there again if nobody takes any. */
  readonly resetMs: number;
}

/** The units were not there; nothing was taken. */
export interface Turned {
  readonly admitted: false;
  readonly remaining: number;
  readonly moreMs: number;
  /** When the units are there if nobody comes between; undefined when they never will be. */
  readonly retryAfterMs: number | undefined;
  readonly resetMs: number;
  readonly rejection: HoldfastError;
}

/** What to take, from whom, and what ends a wait for it. */
export interface RateLimitEnterOptions extends TakeOptions {
  /** Its abort ends the wait: the promise then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** When the wait must be over, in monotonic milliseconds of the limit's clock. */
  readonly deadline?: number | undefined;
}

/** Units that were taken for work that is no call. */
export interface RatePermit {
  readonly admitted: true;
  /** For what was never sent: its units are there again, as far as the promise of the limit allows. Once. */
  giveBack(): void;
}

/** The answer of `take`. */
export type Taken = Admitted | Turned;

/** The limit as plain JSON; reading it changes nothing. The last five are counts since construction. */
export interface RateLimitSnapshot {
  readonly name: string;
  /** How many keys are remembered now. */
  readonly keys: number;
  /** Calls that wait for their units. */
  readonly waiting: number;
  readonly admitted: number;
  /** Turned away, at once or after they waited, with `HF_RATE_LIMITED` or `HF_DISPOSED`. */
  readonly refused: number;
  /** Stopped waiting because their caller, or a policy outside, gave up. */
  readonly aborted: number;
  /** Admitted, but never sent: a policy inside turned them away. Their units were given back. */
  readonly unsent: number;
  /** Keys that were forgotten while they still had something used. */
  readonly evicted: number;
}

/** A limit on how often calls are made, for each key. Made by `rateLimit(options)`. */
export interface RateLimit extends Policy<RateLimitOptions, RateLimitEvents> {
  /**
   * Takes units at once or not at all, for work that is no call. Never waits, and goes before nobody
   * who does. Throws only for a cost that is no whole number from 0.
   */
  take(options?: TakeOptions): Taken;
  /**
   * As `take`, but waits as `execute` does (`maxWaitMs`, `maxWaiting`, in order of arrival): a promise
   * only where it has to wait. `signal` is read only there: it may be a getter that makes one. A cost of
   * 0 is free, as in `execute`. Throws nothing; the promise rejects with the reason of an abort, or with
   * what is wrong with the options.
   */
  enter(options?: RateLimitEnterOptions): RatePermit | Turned | Promise<RatePermit | Turned>;
  /** All units are there again: those of one key, or without a key those of everybody. */
  reset(key?: string): void;
  snapshot(): RateLimitSnapshot;
}
