import type { Call, CallContext, Result } from '../call.ts';
import type { Clock, Random } from '../runtime/clock.ts';
import type { TripRule } from './trip-rules.ts';

/** What one call says about the dependency. */
export type Verdict =
  | 'success'
  | 'failure'
  | 'slow'
  | 'ignore'
  | { readonly failure: true; readonly openForMs: number };

/** How long the circuit stays open. */
export interface OpenOptions {
  /** First break. Default 5,000. */
  readonly baseMs: number;
  /** Each consecutive open multiplies the break by this. Default 2, at least 1. */
  readonly factor: number;
  /** No break is longer, before jitter. Default 60,000. */
  readonly maxMs: number;
  /** Each break is multiplied by a number drawn from 1 ± jitter. Default 0.2, in [0, 1). */
  readonly jitter: number;
  /** How long CLOSED must last before the next break is `baseMs` again. Default 60,000. */
  readonly stableForMs: number;
  /** What a dependency may ask for at most with `openForMs` (`Retry-After`). Default `maxMs`. */
  readonly maxOpenForMs: number | undefined;
}

/** Calls that would be refused in HALF_OPEN wait instead, at most `max` of them, `waitMs` each. */
export interface OverflowOptions {
  readonly waitMs: number;
  readonly max: number;
}

/** After the probes, the admitted share grows from `from` to 1 over `overMs`. */
export interface RampOptions {
  readonly from: number;
  readonly overMs: number;
}

/** How the circuit finds out whether the dependency is back. */
export interface HalfOpenOptions {
  /** Successes needed to close. Default 3. */
  readonly probes: number;
  /** Failures forgiven while probing. Default 0. */
  readonly allowedFailures: number;
  /** Probes in flight at once. Default 1. */
  readonly concurrency: number;
  /**
   * A probe that has not settled by then is revoked. Default 1.5 × the timeout inside the breaker
   * where a pipeline or adapter knows it, else 30,000. Never shorter than that timeout.
   */
  readonly leaseMs: number | undefined;
  /** A hang is evidence (`reopen`, default), or the slot goes to the next call (`readmit`). */
  readonly onLeaseExpiry: 'reopen' | 'readmit';
  /** Default false: refuse at once. */
  readonly overflow: OverflowOptions | false;
  /** Default false: close at once. */
  readonly ramp: RampOptions | false;
}

/** Options of `circuitBreaker`. Everything but `name` has a default. */
export interface CircuitBreakerOptions {
  /** Stands in errors, events and metrics. */
  readonly name: string;
  /** One rule or a list; a list trips when any does. Default `[timeWindow(), consecutive(10)]`. */
  readonly trip?: TripRule | readonly TripRule[] | undefined;
  readonly open?: Partial<OpenOptions> | undefined;
  readonly halfOpen?: Partial<HalfOpenOptions> | undefined;
  /**
   * Judges each result that is not an abort, a timeout or a refusal. One that throws means failure.
   * A success that took `slowMs` or longer counts as slow.
   */
  readonly classify?:
    | ((result: Result<unknown>, durationMs: number, context: CallContext) => Verdict)
    | undefined;
  /** For an error alone: false means that the dependency answered, a success. Not with `classify`. */
  readonly isFailure?: ((error: unknown) => boolean) | undefined;
  /** Whether the caller's own `AbortSignal.timeout` counts against the dependency. Default `failure`. */
  readonly callerTimeout?: 'failure' | 'ignore' | undefined;
  /** `HF_DEADLINE_EXCEEDED` counts only when the call had run this long. Default 1,000. */
  readonly blameAfterMs?: number | undefined;
  /** Timers later than this mean that our own event loop stood still. Default 250. */
  readonly stallMs?: number | undefined;
  /** True: an unref'd timer announces HALF_OPEN without traffic. Default false. */
  readonly eager?: boolean | undefined;
  /** The breaker itself runs the probes with this call, so that no user's call is sacrificed. */
  readonly check?: Call<unknown> | undefined;
  /** Hears what a listener or a classifier threw. Default: a process warning. */
  readonly onListenerError?: ((error: unknown, source: string) => void) | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}
