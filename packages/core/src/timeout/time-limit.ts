import { HoldfastError, type HoldfastCode } from '../errors.ts';
import { limitChannel } from '../events/channels.ts';
import { Emitter, type Tap } from '../events/emitter.ts';
import type { CallRecord, Ending, Refused } from '../pipeline/stage.ts';
import type { Clock } from '../runtime/clock.ts';
import { deadlinesOf, type DeadlineQueue } from '../runtime/deadline-queue.ts';
import { CallTimer } from './call-timer.ts';

/** What `on` of a timeout or a deadline can listen to. */
export interface TimeoutEvents {
  /** A call was ended; it may run on where it ignores its signal. */
  timeout: { readonly name: string; readonly code: HoldfastCode; readonly afterMs: number };
  /** A call that had been ended has come to its own end, `lateMs` later. Nobody gets its result. */
  late: { readonly name: string; readonly ok: boolean; readonly lateMs: number };
}

const tap: Tap<TimeoutEvents> = {
  hears: () => limitChannel.hasSubscribers,
  publish: (type, event) => limitChannel.publish({ type, ...event }),
};

/** What makes one kind of limit. */
export interface TimeLimitSettings {
  readonly name: string;
  readonly limitMs: number;
  readonly stallMs: number;
  readonly clock: Clock;
}

/** What timeouts and deadlines share: timers of calls, the ends they bring, and what runs on. */
export class TimeLimit {
  readonly name: string;
  readonly clock: Clock;
  /** What a call ends with that runs into this limit. */
  readonly code: HoldfastCode;
  limitMs: number;
  stallMs: number;
  readonly events: Emitter<TimeoutEvents> = new Emitter(tap);
  timeouts = 0;
  lateInFlight = 0;
  lateSuccesses = 0;
  lateFailures = 0;
  readonly #queue: DeadlineQueue;

  constructor(code: HoldfastCode, { name, limitMs, stallMs, clock }: TimeLimitSettings) {
    this.code = code;
    this.name = name;
    this.limitMs = limitMs;
    this.stallMs = stallMs;
    this.clock = clock;
    this.#queue = deadlinesOf(clock);
  }

  /** Takes new settings for calls to come. */
  update({ limitMs, stallMs }: TimeLimitSettings): void {
    this.limitMs = limitMs;
    this.stallMs = stallMs;
  }

  /** Bounds a call that begins now; one that has no time left is turned away. */
  start(record: CallRecord, index: number): CallTimer | Refused {
    const now = this.clock.now();
    const timer = new CallTimer(this, record, index, now);
    if (timer.due <= now) return this.#refuse(timer);
    this.#queue.add(timer);
    return timer;
  }

  stop(timer: CallTimer): void {
    timer.left = true;
    this.#queue.remove(timer);
  }

  fired(timer: CallTimer, lateMs: number): void {
    if (lateMs <= this.stallMs) this.#end(timer);
    // We stood still ourselves: an answer that came meanwhile is read before the limit counts.
    else this.clock.afterPoll(() => this.#end(timer));
  }

  /** Cancels the timer of the process when no call needs it. */
  tidy(): void {
    this.#queue.tidy();
  }

  #end(timer: CallTimer): void {
    if (timer.left) return;
    const { record, index } = timer;
    record.interrupt(index, this.#errorOf(timer));
    const endedAt = this.clock.now();
    this.lateInFlight += record.late?.size ?? 0;
    record.late?.hear((ending) => this.#late(ending, endedAt));
    this.events.flush(undefined);
  }

  #late({ ok }: Ending, endedAt: number): void {
    this.lateInFlight--;
    if (ok) this.lateSuccesses++;
    else this.lateFailures++;
    this.events.emit('late', { name: this.name, ok, lateMs: this.clock.now() - endedAt });
    this.events.flush(undefined);
  }

  #refuse(timer: CallTimer): Refused {
    const rejection = this.#errorOf(timer);
    this.events.flush(undefined);
    return { admitted: false, rejection };
  }

  /** Counts the end of a call; its event goes out with the next flush. */
  #errorOf({ code, afterMs }: CallTimer): HoldfastError {
    const { name } = this;
    this.timeouts++;
    this.events.emit('timeout', { name, code, afterMs });
    return new HoldfastError({ code, policy: name, afterMs });
  }
}

/** What `snapshot` of a timeout and of a deadline tell alike. */
export const countsOf = ({
  timeouts,
  lateInFlight,
  lateSuccesses,
  lateFailures,
}: TimeLimit): object => ({ timeouts, lateInFlight, lateSuccesses, lateFailures });
