import type { HoldfastCode, HoldfastError } from '../errors.ts';
import type { LaneDeadline } from '../runtime/deadline-lane.ts';
import type { TimeLimit } from './time-limit.ts';

/** The end of one piece of work under a limit of time, or under a deadline where that is nearer. */
export abstract class LimitTimer implements LaneDeadline {
  readonly due: number;
  position = -1;
  next: LaneDeadline | undefined = undefined;
  previous: LaneDeadline | undefined = undefined;
  /** How long the work is given. */
  readonly afterMs: number;
  left = false;
  /** A caller's promise hangs on it. */
  keepsAlive = true;
  readonly #bounded: boolean;
  protected readonly limit: TimeLimit;

  constructor(limit: TimeLimit, deadline: number | undefined, now: number) {
    const own = now + limit.limitMs;
    const bounded = deadline !== undefined && deadline < own;
    this.due = bounded ? deadline : own;
    this.afterMs = bounded ? Math.max(0, deadline - now) : limit.limitMs;
    this.#bounded = bounded;
    this.limit = limit;
  }

  /** A caller's deadline that is nearer is not the dependency's fault alone. */
  get code(): HoldfastCode {
    return this.#bounded ? 'HF_DEADLINE_EXCEEDED' : this.limit.code;
  }

  fire(lateMs: number): void {
    this.limit.fired(this, lateMs);
  }

  /** Whether the work had met the limit, though nobody said so. */
  met(): boolean {
    return false;
  }

  /** Ends the work; called once at most, and never when `left`. */
  abstract expire(error: HoldfastError): void;
}
