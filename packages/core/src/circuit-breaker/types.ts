import type { Policy } from '../call.ts';
import type { HoldfastError, RefusalCode } from '../errors.ts';
import type { CircuitBreakerOptions } from './breaker-options.ts';
import type { WindowSnapshot } from './window.ts';

export type * from './breaker-options.ts';

/** The three states. Mode and isolation stand beside them. */
export type CircuitState = 'CLOSED' | 'OPEN' | 'HALF_OPEN';

/**
 * `automatic` trips and refuses; `disabled` admits all and records nothing; `shadow` runs the
 * machine, admits what it would refuse, and counts it as `wouldRefuse`.
 */
export type CircuitMode = 'automatic' | 'disabled' | 'shadow';

/**
 * Leave to make one call. Settles once; later settlements do nothing. Disposing an unsettled
 * permit is `ignore()`.
 */
export interface Permit extends Disposable {
  readonly admitted: true;
  /** The call is one of the few that decide whether the circuit closes. */
  readonly probe: boolean;
  /** A probe that has not settled by then is revoked. Only probes have it. */
  readonly leaseMs?: number | undefined;
  /** The dependency answered; slow when it took `slowMs` or longer. */
  success(): void;
  /** `openForMs` is what the dependency asked for (`Retry-After`), if it did. */
  failure(reason?: unknown, openForMs?: number): void;
  /**
   * The call rejected: judged as `execute` judges it, so that an adapter need not know what aborts,
   * timeouts and refusals mean. `caller.signal` is the one that may have ended the call.
   */
  reject(error: unknown, caller?: AcquireOptions): void;
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

/** What a permit's caller may say of itself. */
export interface AcquireOptions {
  /** Its abort ends a wait: `acquire` then rejects with `signal.reason`. */
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
  /** Calls admitted and not yet settled. */
  readonly inFlight: number;
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
