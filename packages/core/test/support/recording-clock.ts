import type { Clock, Timer } from '../../src/runtime/clock.ts';
import { VirtualClock } from '../../src/testing/index.ts';

interface LiveTimer {
  keepsAlive: boolean;
}

/** A virtual clock that knows which of its timers would keep the process alive. */
export class RecordingClock extends VirtualClock implements Clock {
  readonly #live = new Set<LiveTimer>();
  timersMade = 0;

  override setTimer(callback: () => void, delayMs: number): Timer {
    const live: LiveTimer = { keepsAlive: true };
    this.#live.add(live);
    this.timersMade++;
    const timer = super.setTimer(() => {
      this.#live.delete(live);
      callback();
    }, delayMs);
    return {
      ref: () => void (live.keepsAlive = true),
      unref: () => void (live.keepsAlive = false),
      [Symbol.dispose]: () => {
        this.#live.delete(live);
        timer[Symbol.dispose]();
      },
    };
  }

  /** Whether a timer stands that keeps the process alive. */
  get holdsProcess(): boolean {
    return [...this.#live].some(({ keepsAlive }) => keepsAlive);
  }
}
