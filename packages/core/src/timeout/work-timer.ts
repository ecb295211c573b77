import type { HoldfastError } from '../errors.ts';
import { LimitTimer } from './limit-timer.ts';
import type { TimeLimit } from './time-limit.ts';
import type { Expiring, RunningLimit } from './types.ts';

/** The end of work that is no call; what its owner gets to stop it is the timer itself. */
export class WorkTimer extends LimitTimer implements RunningLimit {
  readonly #work: Expiring;

  constructor(limit: TimeLimit, work: Expiring, deadline: number | undefined, now: number) {
    super(limit, deadline, now);
    this.#work = work;
  }

  get admitted(): true {
    return true;
  }

  unref(): void {
    if (!this.keepsAlive) return;
    this.keepsAlive = false;
    if (!this.left) this.limit.release();
  }

  override met(): boolean {
    return this.#work.met?.() === true;
  }

  stop(): void {
    this.limit.stop(this);
  }

  override expire(error: HoldfastError): void {
    this.#work.expire(error);
  }
}
