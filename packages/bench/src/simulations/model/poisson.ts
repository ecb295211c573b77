import type { Random } from '@holdfast/core';

/** A time from an exponential distribution: between arrivals of a Poisson process, or of service. */
export const exponential = (meanMs: number, random: Random): number =>
  -meanMs * Math.log(1 - random());

/** Arrivals that know nothing of how the last ones fared (an open loop), at a mean rate. */
export class PoissonArrivals {
  readonly #random: Random;
  readonly #meanGapMs: number;
  #nextAt: number;

  constructor(perSecond: number, random: Random) {
    this.#random = random;
    this.#meanGapMs = 1_000 / perSecond;
    this.#nextAt = exponential(this.#meanGapMs, random);
  }

  /** How many came since the last time this was asked, up to `now`. */
  countUntil(now: number): number {
    let count = 0;
    for (; this.#nextAt <= now; count++) this.#nextAt += exponential(this.#meanGapMs, this.#random);
    return count;
  }
}
