import type { Policy } from '../call.ts';
import { HoldfastError, type HoldfastCode } from '../errors.ts';
import { limitChannel } from '../events/channels.ts';
import { Emitter, type Tap } from '../events/emitter.ts';
import { clockOf } from '../options/time-and-chance.ts';
import { assertOptions, nameOf, numberIn, given } from '../options/validate.ts';
import { stackPolicy } from '../pipeline/stack-policy.ts';
import type { CallRecord, Refused, Stage } from '../pipeline/stage.ts';
import type { Clock } from '../runtime/clock.ts';
import { deadlinesOf, type Deadline } from '../runtime/deadline-queue.ts';

/** Options of `timeout`; `timeoutMs` is required. */
export interface TimeoutOptions {
  /** Stands in errors, events and metrics. Default `timeout`. */
  readonly name?: string | undefined;
  /** How long a call may take. */
  readonly timeoutMs: number;
  /**
   * A timer later than this means that our own event loop stood still: an answer that already waits
   * in the socket then goes first. Default 250.
   */
  readonly stallMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** What `on` of a timeout can listen to. */
export interface TimeoutEvents {
  timeout: { readonly name: string; readonly code: HoldfastCode; readonly afterMs: number };
}

const timeoutTap: Tap<TimeoutEvents> = {
  hears: () => limitChannel.hasSubscribers,
  publish: (type, event) => limitChannel.publish({ type, ...event }),
};

interface Settings {
  readonly name: string;
  readonly timeoutMs: number;
  readonly stallMs: number;
  readonly clock: Clock;
}

const settingsOf = (options: TimeoutOptions): Settings => {
  assertOptions('timeout', options, ['name', 'timeoutMs', 'stallMs', 'clock']);
  return {
    name: nameOf('name', given(options.name, 'timeout')),
    timeoutMs: numberIn('timeoutMs', options.timeoutMs, { above: 0 }),
    stallMs: numberIn('stallMs', given(options.stallMs, 250), { above: 0 }),
    clock: clockOf(options.clock),
  };
};

/** How a call will be ended, as the options said when it began. */
interface End {
  readonly code: HoldfastCode;
  readonly afterMs: number;
}

/** The deadline of one call under a timeout. */
class CallDeadline implements Deadline {
  readonly due: number;
  position = -1;
  readonly keepsAlive = true;
  readonly #end: End;
  readonly #stage: TimeoutStage;
  readonly #record: CallRecord;
  readonly #index: number;
  left = false;

  constructor(stage: TimeoutStage, record: CallRecord, index: number, end: End) {
    this.#stage = stage;
    this.#record = record;
    this.#index = index;
    this.#end = end;
    this.due = stage.clock.now() + end.afterMs;
  }

  fire(lateMs: number): void {
    if (lateMs <= this.#stage.settings.stallMs) this.#interrupt();
    // We stood still ourselves: an answer that came meanwhile is read before the timeout counts.
    else this.#stage.clock.afterPoll(() => this.#interrupt());
  }

  #interrupt(): void {
    if (this.left) return;
    this.#record.interrupt(this.#index, this.#stage.errorOf(this.#end));
    this.#stage.events.flush(undefined);
  }
}

class TimeoutStage implements Stage<CallDeadline> {
  settings: Settings;
  timeouts = 0;
  readonly events: Emitter<TimeoutEvents> = new Emitter(timeoutTap);

  constructor(settings: Settings) {
    this.settings = settings;
  }

  get clock(): Clock {
    return this.settings.clock;
  }

  get timeoutMs(): number {
    return this.settings.timeoutMs;
  }

  enter(record: CallRecord, index: number): CallDeadline | Refused {
    const end = this.#endFor(record.remainingMs());
    if (end.afterMs <= 0) {
      const rejection = this.errorOf(end);
      this.events.flush(undefined);
      return { admitted: false, rejection };
    }
    const deadline = new CallDeadline(this, record, index, end);
    deadlinesOf(this.clock).add(deadline);
    return deadline;
  }

  leave(deadline: CallDeadline): undefined {
    deadline.left = true;
    deadlinesOf(this.clock).remove(deadline);
  }

  /** The caller's deadline, where it is nearer than the timeout, is not the dependency's fault alone. */
  #endFor(remainingMs: number): End {
    const { timeoutMs } = this.settings;
    return remainingMs < timeoutMs
      ? { code: 'HF_DEADLINE_EXCEEDED', afterMs: remainingMs }
      : { code: 'HF_TIMEOUT', afterMs: timeoutMs };
  }

  /** Counts the end of a call; its event goes out with the next flush. */
  errorOf({ code, afterMs }: End): HoldfastError {
    const { name } = this.settings;
    this.timeouts++;
    this.events.emit('timeout', { name, code, afterMs });
    return new HoldfastError({ code, policy: name, afterMs });
  }
}

/**
 * Ends a call that takes longer than `timeoutMs`: aborts its signal and rejects with `HF_TIMEOUT` at
 * once, also when the call ignores the signal. A nearer deadline of the caller rejects with
 * `HF_DEADLINE_EXCEEDED`. Throws `TypeError` or `RangeError` for a wrong option.
 */
export const timeout = (options: TimeoutOptions): Policy<TimeoutOptions, TimeoutEvents> => {
  const stage = new TimeoutStage(settingsOf(options));
  return stackPolicy({
    name: stage.settings.name,
    stack: { stages: [stage], clock: stage.clock, nested: undefined },
    events: stage.events,
    update: (change) => {
      const { name, clock } = stage.settings;
      stage.settings = settingsOf({ ...stage.settings, ...change, name, clock });
    },
    snapshot: () => ({
      name: stage.settings.name,
      timeoutMs: stage.timeoutMs,
      timeouts: stage.timeouts,
    }),
    dispose: () => deadlinesOf(stage.clock).tidy(),
  });
};
