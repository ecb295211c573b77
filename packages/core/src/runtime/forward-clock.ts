import type { Clock, Timer } from './clock.ts';
import { systemClock } from './system-clock.ts';

/** Adds up the steps forward of another clock, so that a step back adds and takes nothing. */
class ForwardClock implements Clock {
  readonly #clock: Clock;
  #last: number;
  #lost = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#last = clock.now();
  }

  now(): number {
    const now = this.#clock.now();
    if (now < this.#last) this.#lost += this.#last - now;
    this.#last = now;
    return now + this.#lost;
  }

  wallNow(): number {
    return this.#clock.wallNow();
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    return this.#clock.setTimer(callback, delayMs);
  }

  afterPoll(callback: () => void): void {
    this.#clock.afterPoll(callback);
  }
}

const forwardClocks = new WeakMap<Clock, Clock>([[systemClock, systemClock]]);

/** The clock policies use: never goes back, and the same one for each clock it is asked for. */
export const forwardClock = (clock: Clock): Clock => {
  const known = forwardClocks.get(clock);
  if (known !== undefined) return known;
  const forward = new ForwardClock(clock);
  forwardClocks.set(clock, forward);
  forwardClocks.set(forward, forward);
  return forward;
};
