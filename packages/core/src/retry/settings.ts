import { clockOf, randomOf } from '../options/time-and-chance.ts';
import { assertFunction, assertOptions, given, nameOf, numberIn } from '../options/validate.ts';
import type { Clock, Random } from '../runtime/clock.ts';
import { backoffOf, type Backoff, type BackoffOptions, type CustomBackoff } from './backoff.ts';
import { assertBudget, retryBudget, type RetryBudget } from './budget.ts';

/** Options of `retry`; every one has a default. */
export interface RetryOptions {
  /** Stands in errors, events and metrics. Default `retry`. */
  readonly name?: string | undefined;
  /** Attempts in all, the first included. Default 3. */
  readonly attempts?: number | undefined;
  readonly backoff?: BackoffOptions | CustomBackoff | undefined;
  /** Whether an error is worth a further attempt. Default: every error. Refusals never are. */
  readonly when?: ((error: unknown, attempt: number) => boolean) | undefined;
  /** Whether a result is worth a further attempt. Default: none. The last one is given back as it is. */
  readonly whenResult?: ((result: unknown, attempt: number) => boolean) | undefined;
  /**
   * How long the dependency asks to be left alone, read off the error or the result that is to be
   * retried: milliseconds, or a `Retry-After` field as it came (seconds or an HTTP date). The pause is
   * never shorter, and up to a tenth longer so that those who were told the same do not come back
   * together. Default: nothing asked, which null says too, as `headers.get` does.
   */
  readonly delay?: ((errorOrResult: unknown) => number | string | null | undefined) | undefined;
  /** A dependency that asks for more than this is not tried again. Default 30,000. */
  readonly maxRetryAfterMs?: number | undefined;
  /** No attempt begins when this much has passed since the first one began. Default: no bound. */
  readonly maxElapsedMs?: number | undefined;
  /** Shared by any number of retries; `false` for none. Default: a `retryBudget()` of its own. */
  readonly budget?: RetryBudget | false | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

export interface Settings {
  readonly name: string;
  readonly attempts: number;
  readonly backoff: Backoff | CustomBackoff;
  readonly when: RetryOptions['when'];
  readonly whenResult: RetryOptions['whenResult'];
  readonly delay: RetryOptions['delay'];
  readonly maxRetryAfterMs: number;
  readonly maxElapsedMs: number | undefined;
  readonly budget: RetryBudget | false;
  readonly clock: Clock;
  readonly random: Random;
}

const KNOWN: readonly (keyof RetryOptions)[] = [
  'name',
  'attempts',
  'backoff',
  'when',
  'whenResult',
  'delay',
  'maxRetryAfterMs',
  'maxElapsedMs',
  'budget',
  'clock',
  'random',
];

const anyBackoffOf = (backoff: BackoffOptions | CustomBackoff): Backoff | CustomBackoff =>
  typeof backoff === 'function' ? backoff : backoffOf(backoff);

const budgetOf = (budget: RetryBudget | false | undefined, clock: Clock): RetryBudget | false => {
  if (budget === undefined) return retryBudget({ clock });
  if (budget !== false) assertBudget(budget);
  return budget;
};

/** Checks options and fills in defaults; throws `TypeError` or `RangeError` naming what is wrong. */
export const settingsOf = (options: RetryOptions): Settings => {
  assertOptions('retry', options, KNOWN);
  for (const name of ['when', 'whenResult', 'delay'] as const) assertFunction(name, options[name]);
  const { maxElapsedMs } = options;
  const clock = clockOf(options.clock);
  return {
    name: nameOf('name', given(options.name, 'retry')),
    attempts: numberIn('attempts', given(options.attempts, 3), { min: 1, whole: true }),
    backoff: anyBackoffOf(given(options.backoff, {})),
    when: options.when,
    whenResult: options.whenResult,
    delay: options.delay,
    maxRetryAfterMs: numberIn('maxRetryAfterMs', given(options.maxRetryAfterMs, 30_000), {
      min: 0,
    }),
    maxElapsedMs:
      maxElapsedMs === undefined ? undefined : numberIn('maxElapsedMs', maxElapsedMs, { min: 0 }),
    budget: budgetOf(options.budget, clock),
    clock,
    random: randomOf(options.random),
  };
};

const mergedBackoff = (
  before: Settings['backoff'],
  change: RetryOptions['backoff'],
): RetryOptions['backoff'] => {
  if (change === undefined || typeof change === 'function') return change;
  // Looked at before it is merged: a spread takes anything.
  backoffOf(change);
  return typeof before === 'function' ? change : { ...before, ...change };
};

/** Settings after `update`: what is not named stays, also inside `backoff`; undefined is the default. */
export const updatedSettings = (before: Settings, change: Partial<RetryOptions>): Settings => {
  const { name, clock } = before;
  const merged: RetryOptions = { ...before, ...change, name, clock };
  return settingsOf({ ...merged, backoff: mergedBackoff(before.backoff, merged.backoff) });
};
