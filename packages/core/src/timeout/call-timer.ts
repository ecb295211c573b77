import type { HoldfastCode } from '../errors.ts';
import type { CallRecord } from '../pipeline/stage.ts';
import type { Deadline } from '../runtime/deadline-queue.ts';
import type { TimeLimit } from './time-limit.ts';

/** The end of one call under a limit of time, or under its caller's deadline where that is nearer. */
export class CallTimer implements Deadline {
  readonly due: number;
  position = -1;
  readonly record: CallRecord;
  readonly index: number;
  /** How long the call is given. */
  readonly afterMs: number;
  /** The deadline of the call outside this limit. */
  readonly outside: number | undefined;
  readonly #limit: TimeLimit;
  readonly #bounded: boolean;
  left = false;

  constructor(limit: TimeLimit, record: CallRecord, index: number, now: number) {
    const { deadline } = record;
    const own = now + limit.limitMs;
    const bounded = deadline !== undefined && deadline < own;
    this.due = bounded ? deadline : own;
    this.afterMs = bounded ? Math.max(0, deadline - now) : limit.limitMs;
    this.#bounded = bounded;
    this.outside = deadline;
    this.record = record;
    this.index = index;
    this.#limit = limit;
  }

  get keepsAlive(): true {
    return true;
  }

  /** A caller's deadline that is nearer is not the dependency's fault alone. */
  get code(): HoldfastCode {
    return this.#bounded ? 'HF_DEADLINE_EXCEEDED' : this.#limit.code;
  }

  fire(lateMs: number): void {
    this.#limit.fired(this, lateMs);
  }
}
