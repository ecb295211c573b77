import type { CallRecord, Ending, PolicyDescription, Refused } from '../pipeline/stage.ts';
import { CallTimer } from '../timeout/call-timer.ts';
import { limitPolicy, type LimitKind } from '../timeout/limit-policy.ts';
import { LimitStage } from '../timeout/limit-stage.ts';
import type { TimeLimitOptions, TimeLimitPolicy } from '../timeout/types.ts';

/** Options of `deadline`; `deadlineMs` is required. */
export interface DeadlineOptions extends TimeLimitOptions {
  /** How long the whole operation may take: every attempt, sleep and wait inside. */
  readonly deadlineMs: number;
}

class DeadlineStage extends LimitStage {
  readonly role = 'ends-operation';

  override enter(record: CallRecord, index: number): CallTimer | Refused {
    const timer = this.limit.start(record, index);
    if (timer instanceof CallTimer) record.deadline = timer.due;
    return timer;
  }

  override leave(timer: CallTimer, _ending: Ending, record: CallRecord): undefined {
    record.deadline = timer.outside;
    this.limit.stop(timer);
  }

  override describe(): PolicyDescription {
    const { name, limitMs, stallMs } = this.limit;
    return { policy: 'deadline', name, options: { deadlineMs: limitMs, stallMs } };
  }
}

const DEADLINE: LimitKind = {
  policy: 'deadline',
  option: 'deadlineMs',
  code: 'HF_DEADLINE_EXCEEDED',
  stage: (limit) => new DeadlineStage(limit),
};

/**
 * Bounds a whole operation in time: `context.deadline` and `remainingMs()` tell everything inside,
 * and when it passes, whatever goes on inside (an attempt, a sleep, a wait in a queue) is aborted and
 * the call rejects with `HF_DEADLINE_EXCEEDED` at once. Of nested deadlines the nearest holds. A call
 * that has no time left is not made. Throws `TypeError` or `RangeError` for a wrong option.
 */
export const deadline = (options: DeadlineOptions): TimeLimitPolicy<DeadlineOptions> =>
  limitPolicy(DEADLINE, options);
