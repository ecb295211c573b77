// oxlint-disable-next-line no-restricted-imports -- a user's fake timers must not reach this one
import { setImmediate } from 'node:timers';
import { assertOptions, given, numberIn } from '../options/validate.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import { TimerLine, type Scheduled } from './timer-line.ts';

/** Where a virtual clock stands at first. */
export interface VirtualClockStart {
  /** Monotonic milliseconds. Default 0. */
  readonly nowMs?: number | undefined;
  /** Time of day in milliseconds. Default 1,700,000,000,000, a day in November 2023. */
  readonly wallMs?: number | undefined;
}

/** How far `runUntilSettled` goes. */
export interface RunUntilSettledOptions {
  /** Virtual time after which a promise that is still pending is an error. Default 3,600,000, an hour. */
  readonly atMostMs?: number | undefined;
}

const HOUR_MS = 3_600_000;

/** One turn of the real event loop: every promise reaction that can run has run. */
const settleMicrotasks = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/**
 * A clock that stands still until told to move, for tests without sleeping.
 *
 * Timers run inside `advance`, in order of their time; promise reactions run when the test awaits.
 */
export class VirtualClock implements Clock {
  #now: number;
  #wall: number;
  readonly #timers = new TimerLine();
  readonly #polls: (() => void)[] = [];

  constructor(start: VirtualClockStart = {}) {
    assertOptions('virtualClock', start, ['nowMs', 'wallMs']);
    this.#now = numberIn('nowMs', given(start.nowMs, 0), {});
    this.#wall = numberIn('wallMs', given(start.wallMs, 1_700_000_000_000), {});
  }

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return this.#wall;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    // As Node's own timers do, NaN counts as no delay.
    const scheduled = this.#timers.add(callback, this.#now + (delayMs > 0 ? delayMs : 0));
    return {
      ref: () => undefined,
      unref: () => undefined,
      [Symbol.dispose]: () => this.#timers.remove(scheduled),
    };
  }

  afterPoll(callback: () => void): void {
    this.#polls.push(callback);
  }

  /** Timers that have neither run nor been cancelled. */
  get pendingTimers(): number {
    return this.#timers.length;
  }

  /** Moves time on and runs each timer at its own moment. Throws `RangeError` for a time below 0. */
  advance(ms: number): void {
    const end = this.#endAfter('ms', ms);
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) this.#run(next);
    this.#moveTo(end);
    this.poll();
  }

  /** As `advance`, and lets promise reactions run before each timer and at the end. */
  async advanceAsync(ms: number): Promise<void> {
    const end = this.#endAfter('ms', ms);
    await settleMicrotasks();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#run(next);
      await settleMicrotasks();
    }
    this.#moveTo(end);
    this.poll();
    await settleMicrotasks();
  }

  /**
   * Goes from timer to timer until the promise settles, stands still there, and gives its value or
   * throws its error. Throws an `Error` that says so when no timer is left, or when `atMostMs` have
   * passed, and the promise is still pending: a hang is then a message and no timeout of the test
   * runner. For promises that wait for nothing but this clock.
   */
  async runUntilSettled<T>(
    promise: T | PromiseLike<T>,
    options: RunUntilSettledOptions = {},
  ): Promise<T> {
    assertOptions('runUntilSettled', options, ['atMostMs']);
    const atMostMs = given(options.atMostMs, HOUR_MS);
    const end = this.#endAfter('atMostMs', atMostMs);
    const state = { settled: false };
    const watched = Promise.resolve(promise).finally(() => (state.settled = true));
    // Looked at below; until then nobody must call it unhandled.
    watched.catch(() => undefined);
    await this.#turn();
    for (let next = this.#next(end); !state.settled && next !== undefined; next = this.#next(end)) {
      this.#run(next);
      await this.#turn();
    }
    if (!state.settled) throw this.#stuck(end, atMostMs);
    return watched;
  }

  /** Time passes as if the event loop were blocked: timers that fall due run late, at the next `advance`. */
  stall(ms: number): void {
    this.#moveTo(this.#endAfter('ms', ms));
  }

  /** The event loop looks at its sockets: runs what `afterPoll` was given. */
  poll(): void {
    for (const callback of this.#polls.splice(0)) callback();
  }

  /** The time of day jumps; monotonic time does not. */
  jumpWall(ms: number): void {
    this.#wall += ms;
  }

  /** Monotonic time misbehaves, as no real clock should. */
  jump(ms: number): void {
    this.#now += ms;
  }

  #endAfter(option: string, ms: number): number {
    return this.#now + numberIn(option, ms, { min: 0 });
  }

  #next(end: number): Scheduled | undefined {
    const { first } = this.#timers;
    return first !== undefined && first.due <= end ? first : undefined;
  }

  #run(scheduled: Scheduled): void {
    this.#moveTo(scheduled.due);
    this.#timers.remove(scheduled);
    scheduled.callback();
  }

  /** Never back: a timer that a stall made late runs now. */
  #moveTo(time: number): void {
    const ms = Math.max(0, time - this.#now);
    this.#now += ms;
    this.#wall += ms;
  }

  async #turn(): Promise<void> {
    await settleMicrotasks();
    if (this.#polls.length === 0) return;
    this.poll();
    await settleMicrotasks();
  }

  #stuck(end: number, atMostMs: number): Error {
    const { first, length } = this.#timers;
    if (first === undefined) {
      return new Error(
        `the promise is still pending at ${this.#now} ms, and no timer is left on this clock: it hangs, or` +
          ' it waits for something else than this clock',
      );
    }
    this.#moveTo(end);
    const timers = length === 1 ? 'one timer is' : `${length} timers are`;
    return new Error(
      `the promise is still pending after ${atMostMs} ms; ${timers} left, the next one due at ${first.due} ms`,
    );
  }
}

/** A virtual clock that stands at 0, or where `start` says. Throws `TypeError` or `RangeError` for a wrong start. */
export const virtualClock = (start?: VirtualClockStart): VirtualClock => new VirtualClock(start);
