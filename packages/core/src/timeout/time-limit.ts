import { HoldfastError, type HoldfastCode } from '../errors.ts';
import { limitChannel } from '../events/channels.ts';
import { Emitter, type Tap } from '../events/emitter.ts';
import type { CallRecord, Ending, Late, Refused } from '../pipeline/stage.ts';
import type { Clock } from '../runtime/clock.ts';
import { DeadlineLane } from '../runtime/deadline-lane.ts';
import { deadlinesOf } from '../runtime/deadline-queue.ts';
import { CallTimer } from './call-timer.ts';
import type { LimitTimer } from './limit-timer.ts';
import type { Expiring, TimeoutEvents } from './types.ts';
import { WorkTimer } from './work-timer.ts';

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
  readonly #lane: DeadlineLane;

  constructor(code: HoldfastCode, { name, limitMs, stallMs, clock }: TimeLimitSettings) {
    this.code = code;
    this.name = name;
    this.limitMs = limitMs;
    this.stallMs = stallMs;
    this.clock = clock;
    this.#lane = new DeadlineLane(deadlinesOf(clock));
  }

  /** Takes new settings for calls to come. */
  update({ limitMs, stallMs }: TimeLimitSettings): void {
    this.limitMs = limitMs;
    this.stallMs = stallMs;
  }

  /** Bounds a call that begins now; one that has no time left is turned away. */
  start(record: CallRecord, index: number): CallTimer | Refused {
    const now = this.clock.now();
    return this.#admit(new CallTimer(this, record, index, now), now);
  }

  /** As `start`, for work that is no call. */
  begin(work: Expiring, deadline: number | undefined): WorkTimer | Refused {
    const now = this.clock.now();
    return this.#admit(new WorkTimer(this, work, deadline, now), now);
  }

  stop(timer: LimitTimer): void {
    timer.left = true;
    this.#lane.remove(timer);
  }

  /** One timer that runs no longer keeps the process alive. */
  release(): void {
    deadlinesOf(this.clock).release();
  }

  fired(timer: LimitTimer, lateMs: number): void {
    timer.keepsAlive = false; // the queue holds the process for it no more
    if (lateMs <= this.stallMs) this.#end(timer);
    // We stood still ourselves: an answer that came meanwhile is read before the limit counts.
    else this.clock.afterPoll(() => this.#end(timer));
  }

  /** Counts what runs on of a call that was ended. */
  follow(late: Late | undefined): void {
    if (late === undefined) return;
    const endedAt = this.clock.now();
    this.lateInFlight += late.size;
    late.hear((ending) => this.#late(ending, endedAt));
  }

  /** Cancels the timer of the process when no call needs it. */
  tidy(): void {
    this.#lane.tidy();
    deadlinesOf(this.clock).tidy();
  }

  #admit<Timer extends LimitTimer>(timer: Timer, now: number): Timer | Refused {
    if (timer.due <= now) return this.#refuse(timer);
    this.#lane.add(timer);
    return timer;
  }

  #end(timer: LimitTimer): void {
    if (timer.left || timer.met()) return;
    timer.expire(this.#errorOf(timer));
    this.events.flush(undefined);
  }

  #late({ ok }: Ending, endedAt: number): void {
    this.lateInFlight--;
    if (ok) this.lateSuccesses++;
    else this.lateFailures++;
    this.events.emit('late', { name: this.name, ok, lateMs: this.clock.now() - endedAt });
    this.events.flush(undefined);
  }

  #refuse(timer: LimitTimer): Refused {
    const rejection = this.#errorOf(timer);
    this.events.flush(undefined);
    return { admitted: false, rejection };
  }

  /** Counts the end of a call; its event goes out with the next flush. */
  #errorOf({ code, afterMs }: LimitTimer): HoldfastError {
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
