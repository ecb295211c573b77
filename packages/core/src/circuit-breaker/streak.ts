/** Failures closer together than this share one cause, such as one dying HTTP/2 session. */
const SAME_CAUSE_MS = 10;

/** Failures in a row. */
export class Streak {
  length = 0;
  #lastAt = -Infinity;

  fail(now: number): void {
    this.length = this.after(now);
    if (now - this.#lastAt >= SAME_CAUSE_MS) this.#lastAt = now;
  }

  /** How long the streak would be after a failure at `now`. */
  after(now: number): number {
    return now - this.#lastAt < SAME_CAUSE_MS ? this.length : this.length + 1;
  }

  copy(other: Streak): void {
    this.length = other.length;
    this.#lastAt = other.#lastAt;
  }

  end(): void {
    this.length = 0;
    this.#lastAt = -Infinity;
  }
}
