/** How a dependency fared, in the second in which each call was made. */
export interface Incident {
  /** How many seconds after the trigger 95 % of every second's calls succeed again; Infinity for never. */
  readonly recoveredAfter: number;
  /** The share of calls that succeeded, in the trigger and in the last half minute. */
  readonly inTrigger: number;
  readonly atTheEnd: number;
  /** The share of calls that succeeded, by the second in which they were made. */
  readonly goodput: readonly number[];
  /** Requests per call after the trigger. */
  readonly requestsPerCall: number;
}

/** Seconds from the start. */
export interface Trigger {
  readonly begins: number;
  readonly ends: number;
}

const RECOVERED = 0.95;
const LAST_SECONDS = 30;

const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);

const mean = (values: readonly number[]): number => sum(values) / values.length;

/** Counts calls, successes and requests by the second. */
export class Goodput {
  readonly #calls: number[];
  readonly #successes: number[];

  constructor(seconds: number) {
    this.#calls = Array.from({ length: seconds }, () => 0);
    this.#successes = [...this.#calls];
  }

  made(now: number): void {
    this.#add(this.#calls, now);
  }

  succeeded(madeAt: number): void {
    this.#add(this.#successes, madeAt);
  }

  /** `requests` are the times at which the dependency was asked. */
  summary({ begins, ends }: Trigger, requests: readonly number[]): Incident {
    const goodput = this.#calls.map((calls, second) =>
      calls === 0 ? 1 : (this.#successes[second] ?? 0) / calls,
    );
    const lastBad = goodput.findLastIndex((share) => share < RECOVERED);
    const late = requests.filter((at) => at >= ends * 1_000).length;
    return {
      recoveredAfter: lastBad === goodput.length - 1 ? Infinity : Math.max(0, lastBad + 1 - ends),
      inTrigger: mean(goodput.slice(begins, ends)),
      atTheEnd: mean(goodput.slice(-LAST_SECONDS)),
      goodput,
      requestsPerCall: late / sum(this.#calls.slice(ends)),
    };
  }

  #add(counts: number[], at: number): void {
    const second = Math.floor(at / 1_000);
    counts[second] = (counts[second] ?? 0) + 1;
  }
}
