import { assertOptions, numberIn, oneOf, given } from '../options/validate.ts';

/** How long to wait before each further attempt. */
export interface BackoffOptions {
  /** Before the second attempt. Default 100. */
  readonly baseMs?: number | undefined;
  /** Each further delay is this many times the last; 1 keeps it constant. Default 2. */
  readonly factor?: number | undefined;
  /** No delay is longer. Default 2,000. */
  readonly maxMs?: number | undefined;
  /**
   * `full` draws from 0 to the delay, `equal` from half of it, `none` takes it as it is. Default
   * `full`, which spreads synchronised clients best (AWS Architecture Blog, 2015).
   */
  readonly jitter?: 'none' | 'full' | 'equal' | undefined;
}

export type Backoff = Required<{
  [Name in keyof BackoffOptions]: NonNullable<BackoffOptions[Name]>;
}>;

/** Checks a backoff and fills in its defaults. */
export const backoffOf = (options: BackoffOptions): Backoff => {
  assertOptions('backoff', options, ['baseMs', 'factor', 'maxMs', 'jitter']);
  return {
    baseMs: numberIn('backoff.baseMs', given(options.baseMs, 100), { min: 0 }),
    factor: numberIn('backoff.factor', given(options.factor, 2), { min: 1 }),
    maxMs: numberIn('backoff.maxMs', given(options.maxMs, 2_000), { min: 0 }),
    jitter: oneOf('backoff.jitter', given(options.jitter, 'full'), ['none', 'full', 'equal']),
  };
};

/** The delay in milliseconds before retry number `retry` (1 is the second attempt). */
export const backoffDelay = (backoff: Backoff, retry: number, roll: number): number => {
  // Held below Infinity, which times a base of 0 would be NaN.
  const growth = Math.min(Number.MAX_VALUE, backoff.factor ** (retry - 1));
  const delay = Math.min(backoff.maxMs, backoff.baseMs * growth);
  switch (backoff.jitter) {
    case 'none':
      return delay;
    case 'full':
      return delay * roll;
    case 'equal':
      return delay / 2 + (delay / 2) * roll;
  }
};
