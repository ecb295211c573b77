import type { CallContext, RunOptions } from '../call.ts';
import type { HoldfastError } from '../errors.ts';
import type { Clock } from '../runtime/clock.ts';

/** How the part of a stack inside a stage ended. */
export type Ending =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly error: unknown;
      /** The stack was interrupted before the call was made. */
      readonly unsent?: true;
    };

/** One pass of a call through the stages of a stack. */
export interface CallRecord extends CallContext {
  readonly options: RunOptions | undefined;
  /** Aborts the call's signal and ends everything inside this stage with `error`, at once. */
  interrupt(stage: number, error: HoldfastError): void;
}

/** What a stage may do with its inside once more. */
export interface Repetition {
  /** Runs what lies inside the stage again, as a further attempt. */
  rerun(): Promise<unknown>;
  /**
   * Aborts when the caller or a stage outside gives up. Not the call's own signal, which may be
   * aborted already by a timeout inside.
   */
  readonly signal: AbortSignal;
}

/** What a stage answers to an ending that it does not pass on as it is. */
export type Again = (repetition: Repetition) => PromiseLike<unknown>;

/** A stage turned the call away. */
export interface Refused {
  readonly admitted: false;
  readonly rejection: HoldfastError;
}

/**
 * A policy as state changes without promises, so that a stack of any length shares one promise.
 * `Ticket` is what the stage wants back when the call leaves.
 */
export interface Stage<Ticket = unknown> {
  /** Lets the call in, turns it away, or has it wait. Must not throw. `index` is this stage's place. */
  enter(record: CallRecord, index: number): Ticket | Refused | Promise<Ticket | Refused>;
  /** The call is over, as `ending` says. Must not throw. */
  leave(ticket: Ticket, ending: Ending, record: CallRecord): Again | undefined;
  /** Whose time the stage lives by; the system's by default. */
  readonly clock?: Clock;
  /** The longest the stage lets a call run, in milliseconds, if it does. */
  readonly timeoutMs?: number;
  /** Whether `leave` may answer `again`: what bounds one pass inside does not bound them all. */
  readonly repeats?: boolean;
  /** Told once, as the stack is built, what bounds the calls inside. Throws on a contradiction. */
  composed?(inside: { readonly timeoutMs: number }): void;
}

/** Where a policy keeps its stages, outermost first; the same across copies of the package. */
export const STAGES: unique symbol = Symbol.for('holdfast.stages');

/** A policy made of stages; of none where one that only has `execute` stands among them. */
interface Staged {
  readonly [STAGES]: readonly Stage[] | undefined;
}

const isStaged = (policy: object): policy is Staged => STAGES in policy;

/** What a policy is made of, if it is stages and nothing else. */
export const stagesOf = (policy: object): readonly Stage[] | undefined =>
  isStaged(policy) ? policy[STAGES] : undefined;
