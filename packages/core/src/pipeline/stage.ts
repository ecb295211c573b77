import type { CallContext, Executable, RunOptions } from '../call.ts';
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

/** The call was never made, or never wanted. */
export const unsent = (error: unknown): Ending => ({ ok: false, error, unsent: true });

/** One pass of a call through the stages of a stack. */
export interface CallRecord extends CallContext {
  readonly options: RunOptions | undefined;
  /** A stage may draw it nearer for what lies inside, and puts it back when it is left. */
  deadline: number | undefined;
  /** Aborts the call's signal and ends everything inside this stage with `error`, at once. */
  interrupt(stage: number, error: unknown): void;
  /** The calls of this record that were given up and still run; undefined when none ever was. */
  readonly late: Late | undefined;
}

/** Calls that were given up and still run. */
export interface Late {
  readonly size: number;
  /** Has `listener`, which must not throw, hear the end of each of them. */
  hear(listener: (ending: Ending) => void): void;
}

/**
 * What a stage may do once more, as a context of its own: its signal aborts when the caller or a stage
 * outside gives up (the call's own may be aborted already by a timeout inside), and its deadline is the
 * one outside the stage.
 */
export interface Repetition extends CallContext {
  /** Runs what lies inside the stage again, as a further attempt. */
  rerun(): Promise<unknown>;
}

/** What a stage answers to an ending that it does not pass on as it is. */
export type Again = (repetition: Repetition) => PromiseLike<unknown>;

/** A stage turned the call away. */
export interface Refused {
  readonly admitted: false;
  readonly rejection: HoldfastError;
}

export const isRefused = (entry: unknown): entry is Refused =>
  typeof entry === 'object' && entry !== null && 'admitted' in entry && entry.admitted === false;

/** What a policy is and how it is set, for tests and for people; plain JSON but for functions. */
export interface PolicyDescription {
  /** The kind of policy: `retry`, `circuit-breaker`, … */
  readonly policy: string;
  readonly name: string;
  /** The options in force, defaults filled in, without clock and chance. */
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * What a stage means for the order of a stack: `judges` looks at how each call ended, `repeats` runs
 * its inside again, `ends-attempt` bounds one run of its inside in time, `ends-operation` all of them.
 */
export type StageRole = 'judges' | 'repeats' | 'ends-attempt' | 'ends-operation';

/**
 * A policy as state changes without promises, so that a stack of any length shares one promise.
 * `Ticket` is what the stage wants back when the call leaves; `undefined` is a ticket like any other.
 */
export interface Stage<Ticket = unknown> {
  /** Lets the call in, turns it away, or has it wait. Must not throw. `index` is this stage's place. */
  enter(record: CallRecord, index: number): Ticket | Refused | Promise<Ticket | Refused>;
  /**
   * The call is over, as `ending` says. Called exactly once for each ticket. Must not throw. A call
   * whose wait was interrupted is let in and left at once, with `unsent`.
   */
  leave(ticket: Ticket, ending: Ending, record: CallRecord): Again | undefined;
  describe(): PolicyDescription;
  readonly role?: StageRole;
  /** Whose time the stage lives by; the system's by default. */
  readonly clock?: Clock;
  /** The longest the stage lets a call run, in milliseconds, if it does. */
  readonly timeoutMs?: number;
  /** Whether `leave` may answer `again`: what bounds one pass inside does not bound them all. */
  readonly prolongs?: boolean;
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

const isDescribed = (policy: object): policy is { describe(): readonly PolicyDescription[] } =>
  'describe' in policy && typeof policy.describe === 'function';

/** What a policy is made of, for people; of a user's own no more than the name is known. */
export const describePolicy = (policy: Executable<unknown>): readonly PolicyDescription[] => {
  if (isDescribed(policy)) return policy.describe();
  const stages = stagesOf(policy);
  return stages === undefined
    ? [{ policy: 'own', name: policy.name, options: {} }]
    : stages.map((stage) => stage.describe());
};
