import type { Policy } from '../call.ts';
import type { HoldfastCode, HoldfastError } from '../errors.ts';
import type { Clock } from '../runtime/clock.ts';

/** What `on` of a timeout or a deadline can listen to. */
export interface TimeoutEvents {
  /** A call was ended; it may run on where it ignores its signal. */
  timeout: { readonly name: string; readonly code: HoldfastCode; readonly afterMs: number };
  /** A call that had been ended has come to its own end, `lateMs` later. Nobody gets its result. */
  late: { readonly name: string; readonly ok: boolean; readonly lateMs: number };
}

/** Options that a timeout and a deadline share. */
export interface TimeLimitOptions {
  /** Stands in errors, events and metrics. Default the kind of policy: `timeout` or `deadline`. */
  readonly name?: string | undefined;
  /**
   * A timer later than this means that our own event loop stood still: an answer that already waits
   * in the socket then goes first. Default 250.
   */
  readonly stallMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** Work that is no call, and how to end it. */
export interface Expiring {
  /** The time is over. Called once at most, and never once the limit was stopped. Must not throw. */
  expire(error: HoldfastError): void;
  /** Asked as the time is over: whether the work had met the limit unheard, so that nothing counts. */
  met?(): boolean;
}

/** A limit of time that runs, until it is stopped or over. */
export interface RunningLimit {
  readonly admitted: true;
  /** When the time is over, in monotonic milliseconds of the policy's clock. */
  readonly due: number;
  /** The work is done, or given up. Later stops, and one after the end, do nothing. */
  stop(): void;
  /** Lets the process end before, where nobody waits any more or something else keeps it alive. */
  unref(): void;
}

/** No time was left, and the error that says so. */
export interface NoTimeLeft {
  readonly admitted: false;
  readonly rejection: HoldfastError;
}

/** A limit of time for calls and other work. Made by `timeout(options)` and `deadline(options)`. */
export interface TimeLimitPolicy<Options extends TimeLimitOptions> extends Policy<
  Options,
  TimeoutEvents
> {
  /**
   * Bounds work that is no call and begins now: `work.expire` gets the error a call would reject with,
   * when it would. A `deadline` (monotonic milliseconds of the policy's clock) that is nearer counts in the
   * limit's stead; where no time is left, `expire` is never called. Stop the limit when the work is over:
   * until then, or `unref`, it keeps the process alive. Never throws.
   */
  begin(work: Expiring, deadline?: number): RunningLimit | NoTimeLeft;
}
