/** Milliseconds since 1970 are rounded to a fraction of that. */
const ROUNDING_MS = 1e-3;
/** Clocks are put right by no more than so much of the time that passes (NTP: 500 millionths). */
const DRIFT = 500e-6;

/**
 * What is known of the server's clock: how much it is ahead of the local one, at the least. A deadline that is
 * reckoned from that is never later than it should be, so that a command is not carried out after its caller was
 * told that it failed. After a silence it may be less than it was.
 *
 * In a cluster whose servers' clocks differ it may be as much later as they do.
 */
export class ServerClock {
  #leastAhead = -Infinity;
  /** Local time of the last answer. */
  #heardMs = 0;

  /** Whether the server has told its time yet. */
  get known(): boolean {
    return this.#leastAhead > -Infinity;
  }

  /** A local time by the server's clock, or before that. Long ago as long as nothing is known. */
  at(localMs: number): number {
    if (!this.known) return 0;
    return this.#leastAhead + localMs - DRIFT * (localMs - this.#heardMs);
  }

  /** The server said `serverMs` to something that was sent and answered at these local times. */
  learn(serverMs: number, sentMs: number, answeredMs: number): void {
    const least = serverMs - answeredMs;
    const most = serverMs - sentMs;
    this.#heardMs = answeredMs;
    // Below what it was at least: the clock has stepped back, or another server has another.
    if (least > this.#leastAhead || most < this.#leastAhead - ROUNDING_MS) this.#leastAhead = least;
  }
}
