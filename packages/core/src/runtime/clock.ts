/** A pending timer; disposing it cancels it. */
export interface Timer extends Disposable {
  /** Keeps the process alive until the timer fires. */
  ref(): unknown;
  /** Lets the process end before the timer fires. */
  unref(): unknown;
}

/**
 * Where time comes from. Policies read no other clock, so a virtual one makes every test exact.
 * All times are milliseconds.
 */
export interface Clock {
  /** Monotonic time. A clock that goes back adds nothing and takes nothing away. */
  now(): number;
  /** Time of day, read only when state is saved or restored. */
  wallNow(): number;
  /** Calls back once, `delayMs` from now or later. */
  setTimer(callback: () => void, delayMs: number): Timer;
  /** Calls back after the event loop has looked at its sockets once more (`setImmediate`). */
  afterPoll(callback: () => void): void;
}

/** A source of numbers in [0, 1), as `Math.random`. */
export type Random = () => number;
