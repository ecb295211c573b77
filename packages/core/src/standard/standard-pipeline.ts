import { bulkhead } from '../bulkhead/bulkhead.ts';
import type { Bulkhead, BulkheadOptions } from '../bulkhead/types.ts';
import type { Executable } from '../call.ts';
import { circuitBreaker } from '../circuit-breaker/circuit-breaker.ts';
import type { CircuitBreaker, CircuitBreakerOptions } from '../circuit-breaker/types.ts';
import { deadline, type DeadlineOptions } from '../deadline/deadline.ts';
import { assertOptions, given, nameOf, outOfRange, wrongType } from '../options/validate.ts';
import { pipeline, type Pipeline } from '../pipeline/pipeline.ts';
import { rateLimit } from '../rate-limit/rate-limit.ts';
import type { RateLimit, RateLimitOptions } from '../rate-limit/types.ts';
import { retry } from '../retry/retry.ts';
import type { RetryOptions } from '../retry/settings.ts';
import type { Retry } from '../retry/types.ts';
import type { Clock, Random } from '../runtime/clock.ts';
import type { TimeLimitPolicy } from '../timeout/types.ts';
import { timeout, type TimeoutOptions } from '../timeout/timeout.ts';

/** Options of a policy in a standard pipeline, which gives it name, clock and chance. */
type Part<Options> = Options extends unknown ? Omit<Options, 'name' | 'clock' | 'random'> : never;

/** Options of `standardPipeline`; `name` is required. `false` leaves a policy out. */
export interface StandardPipelineOptions {
  /** The dependency: every policy bears it in errors, events and metrics. */
  readonly name: string;
  /** The whole operation. Default 30 seconds. */
  readonly deadline?: Part<DeadlineOptions> | false | undefined;
  /** Default: `retry`'s own: 3 attempts, exponential from 100 ms with full jitter, a budget of 20 %. */
  readonly retry?: Part<RetryOptions> | false | undefined;
  /** Default: `circuitBreaker`'s own: half of the last 10 seconds' calls of 20 or more, or 10 in a row. */
  readonly breaker?: Part<CircuitBreakerOptions> | false | undefined;
  /** Default: none. What a dependency allows is its own to say. */
  readonly rateLimit?: Part<RateLimitOptions> | false | undefined;
  /** Default: 1,000 at once and no queue: a safety net. */
  readonly bulkhead?: Part<BulkheadOptions> | false | undefined;
  /** One attempt. Default 10 seconds, or the deadline where that is shorter. */
  readonly timeout?: Part<TimeoutOptions> | false | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** The policies of a standard pipeline; undefined for one that was left out. */
export interface StandardPolicies {
  readonly deadline: TimeLimitPolicy<DeadlineOptions> | undefined;
  readonly retry: Retry | undefined;
  readonly breaker: CircuitBreaker | undefined;
  readonly rateLimit: RateLimit | undefined;
  readonly bulkhead: Bulkhead | undefined;
  readonly timeout: TimeLimitPolicy<TimeoutOptions> | undefined;
}

/** A pipeline in the recommended order, with each of its policies by name. */
export interface StandardPipeline extends Pipeline {
  readonly policies: StandardPolicies;
}

const KNOWN: readonly (keyof StandardPipelineOptions)[] = [
  'name',
  'deadline',
  'retry',
  'breaker',
  'rateLimit',
  'bulkhead',
  'timeout',
  'clock',
  'random',
];

const DEADLINE = { deadlineMs: 30_000 };
const BULKHEAD = { concurrency: 1_000 };
const TIMEOUT = { timeoutMs: 10_000 };

/** A policy of a part, under the name of the whole; none where the part is `false`. */
const policyOf = <Options extends object, P>(
  part: Options | false,
  where: string,
  make: (options: Options) => P,
): P | undefined => {
  if (part === false) return undefined;
  if (typeof part !== 'object' || part === null) throw wrongType(where, part, 'options or false');
  return make(part);
};

const assertTimes = ({ deadline: whole, timeout: attempt }: StandardPipelineOptions): void => {
  if (attempt === false || attempt === undefined) return;
  const { deadlineMs } = whole === false ? { deadlineMs: Infinity } : (whole ?? DEADLINE);
  const { timeoutMs } = attempt;
  if (timeoutMs > deadlineMs)
    throw outOfRange('timeout.timeoutMs', timeoutMs, `up to deadline.deadlineMs, ${deadlineMs}`);
};

/** The default timeout, within the deadline. */
const timeoutWithin = ({ deadline: whole }: StandardPipelineOptions): { timeoutMs: number } =>
  whole === undefined || whole === false
    ? TIMEOUT
    : { timeoutMs: Math.min(TIMEOUT.timeoutMs, whole.deadlineMs) };

const policiesOf = (options: StandardPipelineOptions): StandardPolicies => {
  const { name, clock, random } = options;
  return {
    deadline: policyOf(given(options.deadline, DEADLINE), 'deadline', (part) =>
      deadline({ ...part, name, clock }),
    ),
    retry: policyOf(given(options.retry, {}), 'retry', (part) =>
      retry({ ...part, name, clock, random }),
    ),
    breaker: policyOf(given(options.breaker, {}), 'breaker', (part) =>
      circuitBreaker({ ...part, name, clock, random }),
    ),
    rateLimit: policyOf(given(options.rateLimit, false), 'rateLimit', (part) =>
      rateLimit({ ...part, name, clock }),
    ),
    bulkhead: policyOf(given(options.bulkhead, BULKHEAD), 'bulkhead', (part) =>
      bulkhead({ ...part, name, clock }),
    ),
    timeout: policyOf(given(options.timeout, timeoutWithin(options)), 'timeout', (part) =>
      timeout({ ...part, name, clock }),
    ),
  };
};

const isThere = (policy: Executable | undefined): policy is Executable => policy !== undefined;

/**
 * The policies in the order that serves most calls to a dependency: deadline → retry → circuit breaker →
 * rate limit → bulkhead → timeout. The defaults of time and concurrency are those of .NET's standard
 * resilience handler, the rest each policy's own. Throws `TypeError` or `RangeError` for a wrong option,
 * and for a timeout longer than the deadline.
 */
export const standardPipeline = (options: StandardPipelineOptions): StandardPipeline => {
  assertOptions('standardPipeline', options, KNOWN);
  nameOf('name', options.name);
  assertTimes(options);
  const policies = policiesOf(options);
  const inOrder: readonly (Executable | undefined)[] = [
    policies.deadline,
    policies.retry,
    policies.breaker,
    policies.rateLimit,
    policies.bulkhead,
    policies.timeout,
  ];
  const there = inOrder.filter(isThere);
  if (there.length === 0) throw wrongType('standardPipeline', options, 'at least one policy');
  return Object.assign(pipeline(...there), { policies });
};
