import {
  circuitBreaker,
  consecutive,
  type BreakerEvents,
  type CircuitBreaker,
  type CircuitBreakerOptions,
  type Permit,
  type Refusal,
} from '../../src/index.ts';
import { RecordingClock } from './recording-clock.ts';

export interface Bench {
  readonly breaker: CircuitBreaker;
  readonly clock: RecordingClock;
  /** What `onListenerError` heard, and from where. */
  readonly reports: { readonly error: unknown; readonly source: string }[];
}

/** A breaker on a virtual clock that opens at the first failure, for exactly one second. */
export const benchOf = (options: Partial<CircuitBreakerOptions> = {}): Bench => {
  const clock = new RecordingClock();
  const reports: Bench['reports'] = [];
  const breaker = circuitBreaker({
    name: 'payments',
    trip: consecutive(1),
    clock,
    random: () => 0.5,
    onListenerError: (error, source) => void reports.push({ error, source }),
    ...options,
    open: { baseMs: 1_000, jitter: 0, ...options.open },
  });
  return { breaker, clock, reports };
};

/** As `benchOf`, but its break is over: the next call is a probe. */
export const dueBenchOf = (options: Partial<CircuitBreakerOptions> = {}): Bench => {
  const bench = benchOf(options);
  bench.breaker.open(1_000);
  bench.clock.advance(1_000);
  return bench;
};

export const admitted = (answer: Permit | Refusal): Permit => {
  if (answer.admitted) return answer;
  throw new Error(`refused with ${answer.code}`);
};

export const refused = (answer: Permit | Refusal): Refusal => {
  if (!answer.admitted) return answer;
  throw new Error('admitted');
};

/** Takes a permit and settles it as a failure. */
export const fail = (breaker: CircuitBreaker, reason?: unknown): void =>
  admitted(breaker.tryAcquire()).failure(reason);

export const succeed = (breaker: CircuitBreaker): void => admitted(breaker.tryAcquire()).success();

/** Collects events of one name. */
export const eventsOf = <Name extends keyof BreakerEvents>(
  breaker: CircuitBreaker,
  name: Name,
): BreakerEvents[Name][] => {
  const events: BreakerEvents[Name][] = [];
  breaker.on(name, (event) => void events.push(event));
  return events;
};

/** Lets promise reactions, microtasks and what they queue run. */
export const settled = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** A promise with its ends, for calls that the test settles. */
export const deferred = <T>(): PromiseWithResolvers<T> => Promise.withResolvers<T>();
