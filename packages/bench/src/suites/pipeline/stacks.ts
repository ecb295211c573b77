import {
  bulkhead,
  circuitBreaker,
  countWindow,
  pipeline,
  retry,
  standardPipeline,
  timeout,
  type Executable,
  type TripRule,
} from '@holdfast/core';
import {
  bulkhead as cockatielBulkhead,
  circuitBreaker as cockatielBreaker,
  CountBreaker,
  handleAll,
  retry as cockatielRetry,
  timeout as cockatielTimeout,
  TimeoutStrategy,
  wrap,
  type IPolicy,
} from 'cockatiel';
import { Bulkhead, Retry, SlidingCountBreaker, Timeout } from 'mollitia';
import Opossum from 'opossum';
import pLimit from 'p-limit';
import pRetry from 'p-retry';
import { HOUR_MS, type Guard } from '../contender.ts';
import { cockatiel, holdfast, mollitia, peer } from './guards.ts';
import { ATTEMPTS, RETRIES } from './retries.ts';

/** What the policies of a stack allow; the window of the breaker is the same for all. */
export interface Limits {
  readonly concurrency: number;
  readonly queue: number;
  readonly timeoutMs: number;
}

const WINDOW = 100;
/** What opossum's own default says too. */
const TIMEOUT_MS = 10_000;

/** As one configures them in a service. */
export const USUAL: Limits = { concurrency: 10, queue: 1_000, timeoutMs: TIMEOUT_MS };

/** Nothing is refused or timed out, however many calls hang. */
export const ROOMY: Limits = { concurrency: 2_000_000, queue: 0, timeoutMs: HOUR_MS };

/** Retry, breaker, bulkhead and timeout, outermost first. */
export const holdfastPolicies = (
  { concurrency, queue, timeoutMs }: Limits,
  trip?: TripRule,
): Executable =>
  pipeline(
    retry({ attempts: ATTEMPTS }),
    circuitBreaker({ name: 'bench', trip }),
    bulkhead({ concurrency, queue }),
    timeout({ timeoutMs }),
  );

export const countPolicies = (limits: Limits): Executable =>
  holdfastPolicies(limits, countWindow({ size: WINDOW }));

export const standardPolicies = ({ concurrency, queue, timeoutMs }: Limits): Executable =>
  standardPipeline({
    name: 'bench',
    deadline: { deadlineMs: 3 * timeoutMs },
    bulkhead: { concurrency, queue },
    timeout: { timeoutMs },
  });

export const cockatielPolicies = (
  { concurrency, queue, timeoutMs }: Limits,
  strategy: TimeoutStrategy,
): IPolicy =>
  wrap(
    cockatielRetry(handleAll, { maxAttempts: RETRIES }),
    cockatielBreaker(handleAll, {
      breaker: new CountBreaker({ threshold: 0.5, size: WINDOW }),
      halfOpenAfter: HOUR_MS,
    }),
    cockatielTimeout(timeoutMs, strategy),
    cockatielBulkhead(concurrency, queue),
  );

export const holdfastCountStack = (limits: Limits): Guard =>
  holdfast('stack, count 100', () => countPolicies(limits));

export const holdfastStack = (limits: Limits): Guard =>
  holdfast('stack, defaults', () => holdfastPolicies(limits));

export const holdfastStandard = (limits: Limits): Guard =>
  holdfast('standardPipeline', () => standardPolicies(limits));

export const cockatielAggressiveStack = (limits: Limits): Guard =>
  cockatiel('stack, timeout aggressive', () =>
    cockatielPolicies(limits, TimeoutStrategy.Aggressive),
  );

export const cockatielCooperativeStack = (limits: Limits): Guard =>
  cockatiel('stack, timeout cooperative', () =>
    cockatielPolicies(limits, TimeoutStrategy.Cooperative),
  );

export const mollitiaStack = ({ concurrency, queue, timeoutMs }: Limits): Guard =>
  mollitia('stack', () => [
    new Retry({ attempts: RETRIES }),
    new SlidingCountBreaker({ slidingWindowSize: WINDOW, minimumNumberOfCalls: WINDOW }),
    new Timeout({ delay: timeoutMs }),
    new Bulkhead({ concurrentSize: concurrency, queueSize: queue }),
  ]);

/** The packages people combine by hand; opossum brings the timeout. */
export const combinedStack = ({ concurrency, timeoutMs }: Limits): Guard =>
  peer('p-limit(p-retry(opossum))', (call) => {
    const limit = pLimit(concurrency);
    const circuit = new Opossum(call, { timeout: timeoutMs });
    const fire = (): Promise<unknown> => circuit.fire();
    const attempts = (): Promise<unknown> => pRetry(fire, { retries: RETRIES });
    return () => limit(attempts);
  });
