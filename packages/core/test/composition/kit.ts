import { expect } from 'vitest';
import {
  bulkhead,
  circuitBreaker,
  consecutive,
  deadline,
  pipeline,
  rateLimit,
  retry,
  timeout,
  type Bulkhead,
  type BulkheadOptions,
  type Call,
  type CallContext,
  type CircuitBreaker,
  type CircuitBreakerOptions,
  type Executable,
  type Pipeline,
  type Policy,
  type RateLimit,
  type RateLimitOptions,
  type Result,
  type RetryEvents,
  type RetryOptions,
  type RunOptions,
  type TimeoutEvents,
  type TimeoutOptions,
  type DeadlineOptions,
} from '../../src/index.ts';
import { listenersOn } from '../support/calls.ts';
import { RecordingClock } from '../support/recording-clock.ts';

export const boom = new Error('boom');
export const gone = new Error('the caller has gone');

/** How a call ends that a policy turned away or ended. */
export const rejectedWith = (code: string, policy?: string): object => ({
  ok: false,
  error: policy === undefined ? { code } : { code, policy },
});

/** One execution under way. */
export interface Begun {
  readonly result: Promise<Result<unknown>>;
  readonly caller: AbortController;
  /** Of each time the call was made. */
  readonly contexts: readonly CallContext[];
  /** When each of them began, and the deadline it was told then. */
  readonly startedAt: readonly number[];
  readonly deadlines: readonly (number | undefined)[];
  readonly settledAt: number | undefined;
}

/** Policies on one virtual clock, and what was begun through them. */
export class Kit {
  readonly clock: RecordingClock = new RecordingClock();
  readonly begun: Begun[] = [];
  readonly #kept: Disposable[] = [];

  /** Three attempts, 100 ms apart. */
  retry(options: RetryOptions = {}): Policy<RetryOptions, RetryEvents> {
    const backoff = { kind: 'constant', baseMs: 100, jitter: 'none' } as const;
    return this.#keep(retry({ clock: this.clock, budget: false, backoff, ...options }));
  }

  /** Opens at the first failure, for a second. */
  breaker(options: Partial<CircuitBreakerOptions> = {}): CircuitBreaker {
    const { clock } = this;
    const open = { baseMs: 1_000, jitter: 0 };
    return this.#keep(
      circuitBreaker({ name: 'breaker', trip: consecutive(1), clock, open, ...options }),
    );
  }

  timeout(timeoutMs: number, name = 'timeout'): Policy<TimeoutOptions, TimeoutEvents> {
    return this.#keep(timeout({ name, timeoutMs, clock: this.clock }));
  }

  deadline(deadlineMs: number, name = 'deadline'): Policy<DeadlineOptions, TimeoutEvents> {
    return this.#keep(deadline({ name, deadlineMs, clock: this.clock }));
  }

  /** One call at once, and no queue. */
  bulkhead(options: Partial<BulkheadOptions> = {}): Bulkhead {
    return this.#keep(bulkhead({ concurrency: 1, clock: this.clock, ...options }));
  }

  /** One call a second. */
  rateLimit(options: Partial<RateLimitOptions> = {}): RateLimit {
    const limits = options.quota === undefined ? { rate: 1, burst: 1 } : {};
    return this.#keep(rateLimit({ clock: this.clock, ...limits, ...options } as RateLimitOptions));
  }

  begin(stack: Executable<unknown>, call: Call<unknown>, options: RunOptions = {}): Begun {
    const { clock } = this;
    const caller = new AbortController();
    const contexts: CallContext[] = [];
    const startedAt: number[] = [];
    const deadlines: (number | undefined)[] = [];
    const noted: Call<unknown> = (context) => {
      contexts.push(context);
      startedAt.push(clock.now());
      deadlines.push(context.deadline);
      return call(context);
    };
    const settledAt: number | undefined = undefined;
    const begun: Omit<Begun, 'result' | 'settledAt'> & { settledAt: number | undefined } = {
      ...{ caller, contexts, startedAt, deadlines, settledAt },
    };
    const result = stack
      .execute(noted, { signal: caller.signal, ...options })
      .then(
        (value): Result<unknown> => ({ ok: true, value }),
        (error: unknown): Result<unknown> => ({ ok: false, error }),
      )
      .finally(() => (begun.settledAt = clock.now()));
    const whole = Object.assign(begun, { result });
    this.begun.push(whole);
    return whole;
  }

  dispose(): void {
    for (const policy of this.#kept) policy[Symbol.dispose]();
  }

  #keep<P extends Disposable>(policy: P): P {
    this.#kept.push(policy);
    return policy;
  }
}

/** Expects that everything begun is over: no call follows, nothing listens, ticks or keeps the process alive. */
export const expectNothingLeft = async (kit: Kit): Promise<void> => {
  await kit.clock.advanceAsync(0);
  for (const { settledAt } of kit.begun) expect(settledAt).toBeDefined();
  expect(kit.clock.holdsProcess).toBe(false);
  const calls = kit.begun.map(({ contexts }) => contexts.length);
  await kit.clock.advanceAsync(600_000);
  expect(kit.begun.map(({ contexts }) => contexts.length)).toEqual(calls);
  for (const { caller } of kit.begun) expect(listenersOn(caller.signal)).toBe(0);
  kit.dispose();
  expect(kit.clock.pendingTimers).toBe(0);
};

/** The policies of the recommended order. */
export interface Whole {
  readonly stack: Pipeline;
  readonly retry: Policy<RetryOptions, RetryEvents>;
  readonly breaker: CircuitBreaker;
  readonly limit: RateLimit;
  readonly slots: Bulkhead;
  readonly patience: Policy<TimeoutOptions, TimeoutEvents>;
  readonly whole: Policy<DeadlineOptions, TimeoutEvents>;
}

interface WholeOptions {
  readonly breaker?: Partial<CircuitBreakerOptions>;
  readonly limit?: Partial<RateLimitOptions>;
  readonly slots?: Partial<BulkheadOptions>;
  readonly retry?: RetryOptions;
}

/** `deadline → retry → breaker → rate limit → bulkhead → timeout`: 10 s, 3 attempts, 100 ms each. */
export const wholeOf = (kit: Kit, options: WholeOptions = {}): Whole => {
  const parts = {
    whole: kit.deadline(10_000),
    retry: kit.retry(options.retry),
    breaker: kit.breaker({ trip: consecutive(10), ...options.breaker }),
    limit: kit.rateLimit({ rate: 1_000, burst: 100, ...options.limit } as RateLimitOptions),
    slots: kit.bulkhead({ concurrency: 10, ...options.slots }),
    patience: kit.timeout(100),
  };
  const { whole, retry: again, breaker, limit, slots, patience } = parts;
  return { ...parts, stack: pipeline(whole, again, breaker, limit, slots, patience) };
};
