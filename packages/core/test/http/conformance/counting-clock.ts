import { deadlinesOf } from '../../../src/adapter/index.ts';
import type { Clock, Timer } from '../../../src/runtime/clock.ts';

/** The time of the process, by a clock that knows which of its timers still stand. */
export class CountingClock implements Clock {
  readonly #live = new Set<NodeJS.Timeout>();

  now(): number {
    return performance.now();
  }

  wallNow(): number {
    return Date.now();
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const timer = setTimeout(() => {
      this.#live.delete(timer);
      callback();
    }, delayMs);
    this.#live.add(timer);
    return {
      ref: () => timer.ref(),
      unref: () => timer.unref(),
      [Symbol.dispose]: () => {
        this.#live.delete(timer);
        clearTimeout(timer);
      },
    };
  }

  afterPoll(callback: () => void): void {
    setImmediate(callback);
  }

  /** Timers that keep the process alive. */
  get holding(): number {
    return [...this.#live].filter((timer) => timer.hasRef()).length;
  }

  /** Timers that something still waits for. The queue's own stands until it is tidied. */
  timersLeft(): number {
    deadlinesOf(this).tidy();
    return this.#live.size;
  }
}
