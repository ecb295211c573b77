import type { HoldfastError } from '../errors.ts';
import type { CallRecord } from '../pipeline/stage.ts';
import { LimitTimer } from './limit-timer.ts';
import type { TimeLimit } from './time-limit.ts';

/** The end of one call. */
export class CallTimer extends LimitTimer {
  /** The deadline of the call outside this limit. */
  readonly outside: number | undefined;
  readonly #record: CallRecord;
  readonly #index: number;

  constructor(limit: TimeLimit, record: CallRecord, index: number, now: number) {
    super(limit, record.deadline, now);
    this.outside = record.deadline;
    this.#record = record;
    this.#index = index;
  }

  override expire(error: HoldfastError): void {
    this.#record.interrupt(this.#index, error);
    this.limit.follow(this.#record.late);
  }
}
