import type { Clock, Random } from '../../runtime/clock.ts';
import { deadlinesOf } from '../../runtime/deadline-queue.ts';

/**
 * How often a write is tried that others keep coming before. Each round somebody gets through, so that fifty at
 * once all do, even in lockstep.
 */
export const TRIES = 64;

const FIRST_MS = 2;
const LONGEST_MS = 128;

/** Spreads those who write to one record at once; `attempt` counts from 1. Full jitter, doubled up to 128 ms. */
export class Pauses {
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  after(attempt: number): Promise<void> {
    const ms = this.#random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
    return new Promise((resolve) => {
      deadlinesOf(this.#clock).add({
        due: this.#clock.now() + ms,
        position: -1,
        keepsAlive: true,
        fire: () => resolve(),
      });
    });
  }
}
