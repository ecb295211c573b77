import type { Policy, Result } from '../call.ts';
import type { RetryEvents } from './retry-tally.ts';
import type { RetryOptions } from './settings.ts';

/** Where a call stands whose attempt has ended. */
export interface EndedAttempt {
  /** The number of that attempt, from 1. */
  readonly attempt: number;
  /** How long was waited before it; 0 before the first. */
  readonly previousMs: number;
  /** How long a pause has to be shorter than: what is left until the deadline and `maxElapsedMs`. */
  readonly remainingMs: number;
}

/** Tries again what failed. Made by `retry(options)`. */
export interface Retry extends Policy<RetryOptions, RetryEvents> {
  /** For work that is no call: its first attempt is made, and the budget earns by it. */
  firstAttempt(): void;
  /**
   * For work that is no call: how long to wait before the next attempt, in milliseconds, after one
   * that ended with `result`; undefined when there is to be none, because the result is wanted, no
   * attempt is left, or `when`, `delay`, `remainingMs` or the budget forbids it. Counts, tells and
   * spends as `execute` does, so ask once for each attempt, and not after an abort. `maxElapsedMs` of the
   * options is the caller's to keep. Throws what a function of the options throws.
   */
  furtherAttempt(result: Result<unknown>, at: EndedAttempt): number | undefined;
}
