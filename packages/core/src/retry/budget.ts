import { clockOf } from '../options/time-and-chance.ts';
import { assertOptions, given, numberIn, wrongType } from '../options/validate.ts';
import type { Clock } from '../runtime/clock.ts';
import { creditAfter, countAfter, type BudgetTerms } from './credit.ts';

/** Options of `retryBudget`; every one has a default. */
export interface RetryBudgetOptions {
  /** Credit for each first attempt. Default 0.2: one further attempt for five calls. */
  readonly ratio?: number | undefined;
  /** Credit for each second, so that little traffic may retry at all. Default 3. */
  readonly floorPerSecond?: number | undefined;
  /** How many milliseconds' credit can be saved up. Default 10,000. */
  readonly spanMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** How a budget stands. */
export interface RetryBudgetSnapshot {
  /** Further attempts that could be made now, in a row. */
  readonly credit: number;
  /** Further attempts granted and refused since construction. */
  readonly granted: number;
  readonly refused: number;
}

/** What bounds further attempts to a share of the first ones. May be shared by any number of clients. */
export interface RetryBudget {
  /** A first attempt is made. Reads no clock. */
  deposit(): void;
  /** A further attempt is wanted: true, and its credit is spent, or false. */
  withdraw(): boolean;
  snapshot(): RetryBudgetSnapshot;
}

const termsOf = (options: RetryBudgetOptions): BudgetTerms => ({
  ratio: numberIn('ratio', given(options.ratio, 0.2), { min: 0, max: 1 }),
  floorPerMs: numberIn('floorPerSecond', given(options.floorPerSecond, 3), { min: 0 }) / 1_000,
  spanMs: numberIn('spanMs', given(options.spanMs, 10_000), { above: 0 }),
});

/** Sums of tenths and fifths are rarely whole. */
const ROUNDING = 1e-9;

class Budget implements RetryBudget {
  readonly #terms: BudgetTerms;
  readonly #clock: Clock;
  /** When credit and count were last brought up to date. */
  #settledAt: number;
  #credit: number;
  /** First attempts of the last span, older ones fading. */
  #count = 0;
  /** First attempts since then. */
  #unsettled = 0;
  #granted = 0;
  #refused = 0;

  constructor(terms: BudgetTerms, clock: Clock) {
    this.#terms = terms;
    this.#clock = clock;
    this.#settledAt = clock.now();
    this.#credit = terms.floorPerMs * terms.spanMs;
  }

  deposit(): void {
    this.#unsettled++;
  }

  withdraw(): boolean {
    this.#settle();
    const granted = this.#credit >= 1 - ROUNDING;
    if (granted) {
      this.#credit = Math.max(0, this.#credit - 1);
      this.#granted++;
    } else this.#refused++;
    return granted;
  }

  snapshot(): RetryBudgetSnapshot {
    const { credit } = this.#now(this.#clock.now());
    return { credit, granted: this.#granted, refused: this.#refused };
  }

  #settle(): void {
    const now = this.#clock.now();
    const { credit, count } = this.#now(now);
    this.#credit = credit;
    this.#count = count;
    this.#settledAt = now;
    this.#unsettled = 0;
  }

  #now(now: number): { readonly credit: number; readonly count: number } {
    const passed = { elapsedMs: now - this.#settledAt, calls: this.#unsettled };
    const count = countAfter(this.#count, passed, this.#terms);
    return { count, credit: creditAfter(this.#credit, count, passed, this.#terms) };
  }
}

/**
 * Bounds the further attempts of all retries (and hedges) that share it: each first attempt earns
 * `ratio`, each second `floorPerSecond`, each further attempt costs 1. So a dependency that fails
 * altogether gets little more than its usual load, where three attempts each would triple it. At most
 * `spanMs` worth of earnings are kept; it begins with that much of the floor. Finagle's RetryBudget and
 * the retry budgets of Google's SRE book bound the same ratio. Throws `TypeError` or `RangeError` for a
 * wrong option.
 */
export const retryBudget = (options: RetryBudgetOptions = {}): RetryBudget => {
  assertOptions('retryBudget', options, ['ratio', 'floorPerSecond', 'spanMs', 'clock']);
  return new Budget(termsOf(options), clockOf(options.clock));
};

/** Checks a budget that a retry was given: anything with the two methods will do. */
export const assertBudget = (budget: unknown): void => {
  const complete =
    typeof budget === 'object' &&
    budget !== null &&
    typeof Reflect.get(budget, 'deposit') === 'function' &&
    typeof Reflect.get(budget, 'withdraw') === 'function';
  if (!complete) throw wrongType('budget', budget, 'a retryBudget(), or false for none');
};
