export interface BudgetTerms {
  readonly restarts: number;
  readonly windowMs: number;
}

/** As long as others may need what is left. */
const ASK_AGAIN_MS = 1_000;

/**
 * At most `restarts` in any `windowMs`, over all slots, so that a build that crashes in each of many slots costs no
 * more than in one. Each restart is remembered: exact, unlike a bucket of tokens, which lets twice as many through
 * within one window.
 */
export class RestartBudget {
  readonly #terms: BudgetTerms;
  /** When the restarts were made that are in the window still, the oldest first. */
  #taken: readonly number[] = [];
  #total = 0;

  constructor(terms: BudgetTerms) {
    this.#terms = terms;
  }

  /** Restarts since the beginning. */
  get total(): number {
    return this.#total;
  }

  /** Takes one restart and returns 0, or takes none and returns after how many milliseconds to ask again. */
  take(now: number): number {
    if (this.left(now) > 0) {
      this.#taken = [...this.#taken, now];
      this.#total++;
      return 0;
    }
    // A budget of none at all has nothing that could leave the window.
    const oldest = this.#taken[0] ?? now;
    return Math.max(1, Math.ceil(oldest + this.#terms.windowMs - now));
  }

  /** As `take`, but leaves half of them to workers that have failed: for what can wait. */
  takeSpare(now: number): number {
    return this.left(now) > this.#terms.restarts / 2 ? this.take(now) : ASK_AGAIN_MS;
  }

  /** How many could be taken now. */
  left(now: number): number {
    const { restarts, windowMs } = this.#terms;
    // Where time was set back, a restart would be held in the window for longer than it was.
    this.#taken = this.#taken.map((at) => Math.min(at, now)).filter((at) => now - at < windowMs);
    return restarts - this.#taken.length;
  }
}
