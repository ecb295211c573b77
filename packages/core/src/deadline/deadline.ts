import type { Policy } from '../call.ts';
import { clockOf } from '../options/time-and-chance.ts';
import { assertOptions, nameOf, numberIn, given } from '../options/validate.ts';
import { stackPolicy } from '../pipeline/stack-policy.ts';
import { stackOfOne } from '../pipeline/stack.ts';
import type { CallRecord, Ending, PolicyDescription, Refused, Stage } from '../pipeline/stage.ts';
import type { Clock } from '../runtime/clock.ts';
import { CallTimer } from '../timeout/call-timer.ts';
import {
  countsOf,
  TimeLimit,
  type TimeLimitSettings,
  type TimeoutEvents,
} from '../timeout/time-limit.ts';

/** Options of `deadline`; `deadlineMs` is required. */
export interface DeadlineOptions {
  /** Stands in errors, events and metrics. Default `deadline`. */
  readonly name?: string | undefined;
  /** How long the whole operation may take: every attempt, sleep and wait inside. */
  readonly deadlineMs: number;
  /**
   * A timer later than this means that our own event loop stood still: an answer that already waits
   * in the socket then goes first. Default 250.
   */
  readonly stallMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

const settingsOf = (options: DeadlineOptions): TimeLimitSettings => {
  assertOptions('deadline', options, ['name', 'deadlineMs', 'stallMs', 'clock']);
  return {
    name: nameOf('name', given(options.name, 'deadline')),
    limitMs: numberIn('deadlineMs', options.deadlineMs, { above: 0 }),
    stallMs: numberIn('stallMs', given(options.stallMs, 250), { above: 0 }),
    clock: clockOf(options.clock),
  };
};

class DeadlineStage implements Stage<CallTimer> {
  readonly role = 'ends-operation';
  readonly limit: TimeLimit;

  constructor(limit: TimeLimit) {
    this.limit = limit;
  }

  get clock(): Clock {
    return this.limit.clock;
  }

  get timeoutMs(): number {
    return this.limit.limitMs;
  }

  enter(record: CallRecord, index: number): CallTimer | Refused {
    const timer = this.limit.start(record, index);
    if (timer instanceof CallTimer) record.deadline = timer.due;
    return timer;
  }

  leave(timer: CallTimer, _ending: Ending, record: CallRecord): undefined {
    record.deadline = timer.outside;
    this.limit.stop(timer);
  }

  describe(): PolicyDescription {
    const { name, limitMs, stallMs } = this.limit;
    return { policy: 'deadline', name, options: { deadlineMs: limitMs, stallMs } };
  }
}

/**
 * Bounds a whole operation in time: `context.deadline` and `remainingMs()` tell everything inside,
 * and when it passes, whatever goes on inside (an attempt, a sleep, a wait in a queue) is aborted and
 * the call rejects with `HF_DEADLINE_EXCEEDED` at once. Of nested deadlines the nearest holds. A call
 * that has no time left is not made. Throws `TypeError` or `RangeError` for a wrong option.
 */
export const deadline = (options: DeadlineOptions): Policy<DeadlineOptions, TimeoutEvents> => {
  const limit = new TimeLimit('HF_DEADLINE_EXCEEDED', settingsOf(options));
  return stackPolicy({
    name: limit.name,
    stack: stackOfOne(new DeadlineStage(limit)),
    events: limit.events,
    update: (change) => {
      const { name, limitMs: deadlineMs, stallMs, clock } = limit;
      limit.update(settingsOf({ deadlineMs, stallMs, ...change, name, clock }));
    },
    snapshot: () => ({ name: limit.name, deadlineMs: limit.limitMs, ...countsOf(limit) }),
    dispose: () => limit.tidy(),
  });
};
