import type { Timer } from '@holdfast/core';
import type { Settings } from './settings.ts';

/** How long a worker may take: until it is ready, and until it is gone once it leaves. */
export class Patience {
  readonly #settings: Settings;
  readonly #kill: () => void;
  #timer: Timer | undefined = undefined;
  #begunAt = 0;

  constructor(settings: Settings, kill: () => void) {
    this.#settings = settings;
    this.#kill = kill;
  }

  untilReady(onLate: () => void): void {
    this.#wait(this.#settings.ready.timeoutMs, onLate);
  }

  /** Kills it where it is not gone a while after its deadline. */
  untilGone(deadlineMs: number): void {
    this.#wait(deadlineMs + this.#settings.shutdown.killAfterMs, this.#kill);
  }

  /** Waits no longer. Answers with how long it has. */
  end(): number {
    this.#timer?.[Symbol.dispose]();
    return this.#settings.clock.now() - this.#begunAt;
  }

  #wait(longestMs: number, onLate: () => void): void {
    const { clock } = this.#settings;
    this.#timer?.[Symbol.dispose]();
    this.#timer = clock.setTimer(onLate, longestMs);
    this.#begunAt = clock.now();
  }
}
