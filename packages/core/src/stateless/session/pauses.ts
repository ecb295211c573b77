import type { Clock, Random } from '../../runtime/clock.ts';
import { deadlinesOf } from '../../runtime/deadline-queue.ts';

/**
 * How often a write is tried that others keep coming before, and for how long. Each round somebody gets through, so
 * that fifty at once all do, even in lockstep; a request must not wait for longer.
 */
const MOST_ATTEMPTS = 64;
const PATIENCE_MS = 2_000;

const FIRST_MS = 2;
const LONGEST_MS = 128;

/** How long a pause may be, and whether a caller waits for it. */
export interface PauseTerms {
  readonly longestMs: number;
  readonly keepsAlive: boolean;
}

const IN_FRONT: PauseTerms = { longestMs: LONGEST_MS, keepsAlive: true };

/** Spreads those who write to one record at once. */
export class Pauses {
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  get now(): number {
    return this.#clock.now();
  }

  /** Those of one write: the first is under way. */
  attempts(): Attempts {
    return new Attempts(this);
  }

  /** `attempt` counts from 1. Full jitter, doubled up to the longest. */
  after(attempt: number, { longestMs, keepsAlive }: PauseTerms = IN_FRONT): Promise<void> {
    const ms = this.#random() * Math.min(longestMs, FIRST_MS * 2 ** (attempt - 1));
    const due = this.#clock.now() + ms;
    return new Promise((fire) => {
      deadlinesOf(this.#clock).add({ due, position: -1, keepsAlive, fire: () => fire() });
    });
  }
}

/** The attempts of one write. */
export class Attempts {
  readonly #pauses: Pauses;
  readonly #until: number;
  #attempt = 1;

  constructor(pauses: Pauses) {
    this.#pauses = pauses;
    this.#until = pauses.now + PATIENCE_MS;
  }

  /** Pauses before the next one; false where it is to be given up. */
  async goOn(): Promise<boolean> {
    if (this.#attempt >= MOST_ATTEMPTS || this.#pauses.now >= this.#until) return false;
    await this.#pauses.after(this.#attempt++);
    return true;
  }
}
