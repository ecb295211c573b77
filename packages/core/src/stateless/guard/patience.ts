/** What every feature gives an operation unless told otherwise: a store that needs less is a healthy one. */
const LEAST_MS = 50;
/** Who gives more than that still has it; others do not wait for so long to see that a store is lost. */
const SHARED_MS = 1_000;
/** How long the longest deadline is remembered, at least. */
const LATELY_MS = 60_000;

/**
 * How long a store may take before it is to blame: as long as any of its users lately gave it, so that one who is
 * in a hurry takes it from nobody.
 */
export class Patience {
  /** Of this minute. */
  #longestMs = LEAST_MS;
  /** Of the minute before. */
  #beforeMs = LEAST_MS;
  #since = -Infinity;

  get longestMs(): number {
    return Math.max(this.#longestMs, this.#beforeMs);
  }

  /** With an operation that has so long and is sent now. */
  with(deadlineMs: number, now: number): number {
    if (now - this.#since >= LATELY_MS) {
      this.#beforeMs = this.#longestMs;
      this.#longestMs = LEAST_MS;
      this.#since = now;
    }
    if (deadlineMs > this.#longestMs) this.#longestMs = deadlineMs;
    return Math.max(deadlineMs, Math.min(this.longestMs, SHARED_MS));
  }
}
