import type { Policy } from '../call.ts';
import { clockOf } from '../options/time-and-chance.ts';
import { assertOptions, nameOf, numberIn, given } from '../options/validate.ts';
import { stackPolicy } from '../pipeline/stack-policy.ts';
import { stackOfOne } from '../pipeline/stack.ts';
import type { CallRecord, PolicyDescription, Refused, Stage } from '../pipeline/stage.ts';
import type { Clock } from '../runtime/clock.ts';
import type { CallTimer } from './call-timer.ts';
import { countsOf, TimeLimit, type TimeLimitSettings, type TimeoutEvents } from './time-limit.ts';

/** Options of `timeout`; `timeoutMs` is required. */
export interface TimeoutOptions {
  /** Stands in errors, events and metrics. Default `timeout`. */
  readonly name?: string | undefined;
  /** How long one run of the call may take. */
  readonly timeoutMs: number;
  /**
   * A timer later than this means that our own event loop stood still: an answer that already waits
   * in the socket then goes first. Default 250.
   */
  readonly stallMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

const settingsOf = (options: TimeoutOptions): TimeLimitSettings => {
  assertOptions('timeout', options, ['name', 'timeoutMs', 'stallMs', 'clock']);
  return {
    name: nameOf('name', given(options.name, 'timeout')),
    limitMs: numberIn('timeoutMs', options.timeoutMs, { above: 0 }),
    stallMs: numberIn('stallMs', given(options.stallMs, 250), { above: 0 }),
    clock: clockOf(options.clock),
  };
};

class TimeoutStage implements Stage<CallTimer> {
  readonly role = 'ends-attempt';
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
    return this.limit.start(record, index);
  }

  leave(timer: CallTimer): undefined {
    this.limit.stop(timer);
  }

  describe(): PolicyDescription {
    const { name, limitMs, stallMs } = this.limit;
    return { policy: 'timeout', name, options: { timeoutMs: limitMs, stallMs } };
  }
}

/**
 * Ends a call that takes longer than `timeoutMs`: aborts its signal and rejects with `HF_TIMEOUT` at
 * once, also when the call ignores the signal; what such a call gives later is counted and dropped.
 * A nearer deadline of the caller rejects with `HF_DEADLINE_EXCEEDED`. Throws `TypeError` or
 * `RangeError` for a wrong option.
 */
export const timeout = (options: TimeoutOptions): Policy<TimeoutOptions, TimeoutEvents> => {
  const limit = new TimeLimit('HF_TIMEOUT', settingsOf(options));
  return stackPolicy({
    name: limit.name,
    stack: stackOfOne(new TimeoutStage(limit)),
    events: limit.events,
    update: (change) => {
      const { name, limitMs: timeoutMs, stallMs, clock } = limit;
      limit.update(settingsOf({ timeoutMs, stallMs, ...change, name, clock }));
    },
    snapshot: () => ({ name: limit.name, timeoutMs: limit.limitMs, ...countsOf(limit) }),
    dispose: () => limit.tidy(),
  });
};
