import type {
  BreakerRegistry,
  Bulkhead,
  Clock,
  DeadlineOptions as DeadlinePolicyOptions,
  Random,
  RateLimit,
  Retry,
  TimeLimitPolicy,
  TimeoutOptions as TimeoutPolicyOptions,
} from '@holdfast/core';
import { assertRecord, given, outOfRange, type KeyedRegistry } from '@holdfast/core/adapter';
import { breaker, type BreakerOptions } from './breaker.ts';
import { bulkhead, type BulkheadOptions } from './bulkhead.ts';
import { deadline, type DeadlineOptions } from './deadline.ts';
import type { Interceptor } from './interceptor.ts';
import type { KeyOptions } from './keyed.ts';
import { assertSet, deadlineMsOf, type Shared } from './parts.ts';
import { rateLimit, type RateLimitOptions } from './rate-limit.ts';
import type { RetryOptions } from './repeat-rules.ts';
import { retry } from './retry.ts';
import { timeout, type TimeoutOptions } from './timeout.ts';

/** Options of a policy in a standard set, which gives it name, key, clock and chance. */
type Part<Options> = Options extends unknown ? Omit<Options, Shared> : never;

/** Options of `standard`; every one has a default, and `false` leaves a policy out. */
export interface StandardOptions extends KeyOptions {
  /** Every policy bears it in errors, events and metrics. Default `outbound`. */
  readonly name?: string | undefined;
  /** The whole call, to the end of its body. Default 30 seconds; `withDeadline` bounds it too. */
  readonly deadline?: Part<DeadlineOptions> | false | undefined;
  /** Default: 3 attempts of what may be repeated, exponential from 100 ms, a budget of 20 %. */
  readonly retry?: Part<RetryOptions> | false | undefined;
  /** Default: `circuitBreaker`'s own. A probe's lease is 1.5 × the timeout. */
  readonly breaker?: Part<BreakerOptions> | false | undefined;
  /** Default: none. What the other side allows is its own to say. */
  readonly rateLimit?: Part<RateLimitOptions> | false | undefined;
  /** Default: 1,000 at once and no queue: a safety net. */
  readonly bulkhead?: Part<BulkheadOptions> | false | undefined;
  /** One attempt, to the headers of its response. Default 10 seconds, or the deadline if shorter. */
  readonly timeout?: Part<TimeoutOptions> | false | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** The policies of a standard set; undefined for one that was left out. */
export interface StandardPolicies {
  readonly deadline: TimeLimitPolicy<DeadlinePolicyOptions> | undefined;
  readonly retry: KeyedRegistry<Retry> | undefined;
  readonly breaker: BreakerRegistry | undefined;
  readonly rateLimit: RateLimit | undefined;
  readonly bulkhead: KeyedRegistry<Bulkhead> | undefined;
  readonly timeout: TimeLimitPolicy<TimeoutPolicyOptions> | undefined;
}

/** Interceptors for `compose`, inner to outer, with their policies by name. */
export type Standard = readonly Interceptor[] & { readonly policies: StandardPolicies };

const DEADLINE: Part<DeadlineOptions> = {};
const BULKHEAD = { concurrency: 1_000 };
const TIMEOUT_MS = 10_000;

const made = <Options extends object, I>(
  part: Options | false,
  make: (options: Options) => I,
): I | undefined => (part === false ? undefined : make(part));

/** The attempt's time: what was asked for, or the default within the deadline. */
const timeoutPart = (options: StandardOptions): Part<TimeoutOptions> | false => {
  const whole = given(options.deadline, DEADLINE);
  const deadlineMs = whole === false ? Infinity : deadlineMsOf(whole);
  const part = given(options.timeout, { timeoutMs: Math.min(TIMEOUT_MS, deadlineMs) });
  if (part !== false && part.timeoutMs > deadlineMs)
    throw outOfRange(
      'timeout.timeoutMs',
      part.timeoutMs,
      `up to deadline.deadlineMs, ${deadlineMs}`,
    );
  return part;
};

/** A probe that the timeout may still end must not lose its lease before. */
const breakerPart = (
  part: Part<BreakerOptions>,
  attempt: Part<TimeoutOptions> | false,
): Part<BreakerOptions> => {
  if (attempt === false) return part;
  const { timeoutMs } = attempt;
  if (part.halfOpen !== undefined) assertRecord('halfOpen', part.halfOpen);
  const leaseMs = given(part.halfOpen?.leaseMs, timeoutMs * 1.5);
  if (leaseMs < timeoutMs)
    throw outOfRange('halfOpen.leaseMs', leaseMs, `at least timeout.timeoutMs, ${timeoutMs}`);
  return { ...part, halfOpen: { ...part.halfOpen, leaseMs } };
};

/**
 * The policies in the order that serves most calls over HTTP, ready for `agent.compose(...standard())`:
 * deadline → retry → circuit breaker → rate limit → bulkhead → timeout, from the outside in. Each origin
 * (or `key`) has a circuit, a bulkhead and a retry budget of its own, at most `maxKeys` of them. Undici's
 * `redirect` and `cache` go behind it in the same `compose`, `dns` before it. Throws `TypeError` or `RangeError` for
 * a wrong option, for a timeout longer than the deadline and for a lease shorter than the timeout.
 */
export const standard = (options: StandardOptions = {}): Standard => {
  assertSet('standard', options);
  const { name, key, maxKeys, clock, random } = options;
  const keys = { key, maxKeys };
  const attempt = timeoutPart(options);
  const ends = made(attempt, (part) => timeout({ ...part, name, clock }));
  const slots = made(given(options.bulkhead, BULKHEAD), (part) =>
    bulkhead({ ...part, ...keys, name, clock }),
  );
  const limits = made(given(options.rateLimit, false), (part) =>
    rateLimit({ ...part, key, maxKeys, name, clock }),
  );
  const breaks = made(given(options.breaker, {}), (part) =>
    breaker({ ...breakerPart(part, attempt), ...keys, name, clock, random }),
  );
  const repeats = made(given(options.retry, {}), (part) =>
    retry({ ...part, ...keys, name, clock, random }),
  );
  const bounds = made(given(options.deadline, DEADLINE), (part) =>
    deadline({ ...part, deadlineMs: deadlineMsOf(part), name, clock }),
  );
  const inOrder = [ends, slots, limits, breaks, repeats, bounds];
  return Object.assign(
    inOrder.filter((each) => each !== undefined),
    {
      policies: {
        deadline: bounds?.limit,
        retry: repeats?.retries,
        breaker: breaks?.circuits,
        rateLimit: limits?.limit,
        bulkhead: slots?.bulkheads,
        timeout: ends?.limit,
      },
    },
  );
};
