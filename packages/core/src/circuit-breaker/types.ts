import type { CallContext, Call, Policy, Result } from '../call.ts';
import type { HoldfastError, RefusalCode } from '../errors.ts';
import type { Clock, Random } from '../runtime/clock.ts';
import type { TripRule } from './trip-rules.ts';
import type { WindowSnapshot } from './window.ts';

/** The three states. Mode and isolation stand beside them. */
export type CircuitState = 'CLOSED' | 'OPEN' | 'HALF_OPEN';

/**
 * `automatic` trips and refuses; `disabled` admits all and records nothing; `shadow` runs the
 * machine, admits what it would refuse, and counts it as `wouldRefuse`.
 */
export type CircuitMode = 'automatic' | 'disabled' | 'shadow';

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
  readonly maxOpenForMs: number;
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

/**
 * Leave to make one call. Settles once; later settlements do nothing. Disposing an unsettled
 * permit is `ignore()`.
 */
export interface Permit extends Disposable {
  readonly admitted: true;
  /** The call is one of the few that decide whether the circuit closes. */
  readonly probe: boolean;
  /** The dependency answered; slow when it took `slowMs` or longer. */
  success(): void;
  /** `openForMs` is what the dependency asked for (`Retry-After`), if it did. */
  failure(reason?: unknown, openForMs?: number): void;
  /** Says nothing about the dependency: the slot goes back. */
  ignore(): void;
}

/** No leave. The error is built when `rejection` is read. */
export interface Refusal {
  readonly admitted: false;
  readonly code: RefusalCode;
  readonly retryAfterMs: number | undefined;
  readonly rejection: HoldfastError;
}

/** Options of `acquire`. */
export interface AcquireOptions {
  /** Ends a wait; `acquire` then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** Counts since construction. */
export interface BreakerCounters {
  readonly admitted: number;
  readonly refused: number;
  /** Slow ones included. */
  readonly successes: number;
  readonly failures: number;
  readonly slow: number;
  readonly ignored: number;
  /** Settled after their generation was over; they changed nothing else. */
  readonly lateSuccesses: number;
  readonly lateFailures: number;
  /** Admitted without being recorded: mode `disabled`, or `shadow` where it would have refused. */
  readonly unrecorded: number;
  /** What `shadow` would have refused. */
  readonly wouldRefuse: number;
  /** Verdicts and leases that a stall of our own event loop would have falsified. */
  readonly stalled: number;
}

/** The breaker as plain JSON; reading it changes nothing. */
export interface BreakerSnapshot {
  readonly name: string;
  readonly state: CircuitState;
  /** Which half of HALF_OPEN. */
  readonly phase: 'probing' | 'ramping' | undefined;
  readonly mode: CircuitMode;
  /** Reasons of the isolations that stand. */
  readonly isolations: readonly string[];
  readonly generation: number;
  /** Opens in a row: the exponent of the break. */
  readonly consecutiveOpens: number;
  /** In OPEN, what is left of the break. */
  readonly retryAfterMs: number | undefined;
  /** Of the first window rule; undefined without one. */
  readonly window: WindowSnapshot | undefined;
  readonly consecutiveFailures: number;
  /** While probing. */
  readonly probes:
    | { readonly unsettled: number; readonly successes: number; readonly failures: number }
    | undefined;
  readonly waiting: number;
  readonly inFlight: number;
  readonly counters: BreakerCounters;
}

/** Why the state changed. */
export type TransitionReason =
  | 'consecutive'
  | 'count-window'
  | 'time-window'
  | 'slow-calls'
  | 'trip-when'
  | 'break-over'
  | 'probes-succeeded'
  | 'probe-failed'
  | 'lease-expired'
  | 'ramp-over'
  | 'opened'
  | 'reset'
  | 'restored'
  | 'released'
  | 'mode-changed';

/** What `on` can listen to. */
export interface BreakerEvents {
  /** The state changed; modes, isolation and ramp have events of their own. */
  transition: {
    readonly name: string;
    readonly from: CircuitState;
    readonly to: CircuitState;
    readonly reason: TransitionReason;
    readonly generation: number;
    /** The break, when it opened. */
    readonly openForMs: number | undefined;
  };
  /** A recorded or late settlement. */
  outcome: {
    readonly name: string;
    readonly outcome: 'success' | 'failure' | 'slow' | 'ignored';
    /** Undefined when nobody listened as the call began. */
    readonly durationMs: number | undefined;
    readonly probe: boolean;
    readonly late: boolean;
  };
  refusal: {
    readonly name: string;
    readonly code: RefusalCode;
    readonly retryAfterMs: number | undefined;
  };
  /** In `shadow`: what `automatic` would have refused. */
  wouldRefuse: { readonly name: string; readonly code: RefusalCode };
  mode: { readonly name: string; readonly from: CircuitMode; readonly to: CircuitMode };
  isolation: {
    readonly name: string;
    readonly isolated: boolean;
    readonly reasons: readonly string[];
  };
  /** The probes succeeded and the ramp began. */
  ramp: { readonly name: string; readonly from: number; readonly overMs: number };
  /** A probe was revoked. */
  lease: { readonly name: string; readonly leaseMs: number; readonly action: 'reopen' | 'readmit' };
}

/** Plain JSON that `restore` takes back, in this or another process. */
export interface SavedCircuit {
  readonly version: 1;
  /** HALF_OPEN is saved as OPEN with nothing left to wait. */
  readonly state: 'CLOSED' | 'OPEN';
  /** Left of the break. */
  readonly openForMs: number;
  /** How long the circuit had been closed. */
  readonly closedForMs: number;
  /** Time of day of saving. */
  readonly savedAt: number;
  readonly consecutiveOpens: number;
  /** One per window rule, in order. */
  readonly windows: readonly SavedWindow[];
}

/** The contents of a window; a time window keeps the age of each slice's middle. */
export type SavedWindow =
  | { readonly kind: 'count-window'; readonly outcomes: string }
  | {
      readonly kind: 'time-window';
      readonly slices: readonly {
        readonly ageMs: number;
        readonly total: number;
        readonly failures: number;
        readonly slow: number;
      }[];
    };

/** Why the circuit is as it is, in words and numbers. */
export interface Explanation {
  readonly summary: string;
  readonly state: CircuitState;
  /** The last change of state. */
  readonly lastTransition:
    | {
        readonly from: CircuitState;
        readonly to: CircuitState;
        readonly reason: TransitionReason;
        readonly agoMs: number;
        readonly window: WindowSnapshot | undefined;
      }
    | undefined;
  /** The last opening, which outlives the closing after it. */
  readonly lastOpening: Explanation['lastTransition'];
  readonly lastRefusal: { readonly code: RefusalCode; readonly agoMs: number } | undefined;
  readonly lastFailure: string | undefined;
  /** When the next call is admitted: 0 now, undefined when nobody can say. */
  readonly nextAdmissionMs: number | undefined;
}

/** A circuit breaker with three states, built on permits. Made by `circuitBreaker(options)`. */
export interface CircuitBreaker extends Policy<CircuitBreakerOptions, BreakerEvents> {
  readonly state: CircuitState;
  readonly mode: CircuitMode;
  /** For synchronous functions. One that returns a promise throws a `TypeError` naming `execute`. */
  executeSync<T>(call: () => T): T;
  /** Leave for one call, at once or not at all. Never throws. */
  tryAcquire(): Permit | Refusal;
  /** As `tryAcquire`, but waits for a probe slot when `halfOpen.overflow` is set. */
  acquire(options?: AcquireOptions): Promise<Permit | Refusal>;
  /** Opens now, for `ms` or as long as the next break would be. */
  open(ms?: number): void;
  /** CLOSED with an empty window. Releases no isolation and changes no mode. */
  reset(): void;
  /** Refuses every call in every mode until disposed; isolations add up. */
  isolate(reason: string): Disposable;
  setMode(mode: CircuitMode): void;
  save(): SavedCircuit;
  /** Takes the time that passed off the break. Throws on anything unknown and then changes nothing. */
  restore(saved: unknown): void;
  explain(): Explanation;
  snapshot(): BreakerSnapshot;
}
