import {
  assertOptions,
  given,
  numberIn,
  oneOf,
  outOfRange,
  wrongType,
} from '../options/validate.ts';

/** How a delay is drawn: by name, or from 1 ± a ratio above 0 and up to 1. */
export type Jitter = 'none' | 'full' | 'equal' | 'decorrelated' | number;

/** How long to wait before each further attempt. */
export interface BackoffOptions {
  /** `exponential` multiplies, `linear` adds `baseMs` each time, `constant` stays. Default `exponential`. */
  readonly kind?: 'exponential' | 'linear' | 'constant' | undefined;
  /** Before the second attempt. Default 100. */
  readonly baseMs?: number | undefined;
  /** Each further delay is this many times the last; for `exponential` alone. Default 2. */
  readonly factor?: number | undefined;
  /** No delay is longer, jitter included. Default 2,000. */
  readonly maxMs?: number | undefined;
  /**
   * `full` draws from 0 to the delay, `equal` from half of it, a ratio from 1 ± ratio times it, `none`
   * takes it as it is. `decorrelated` draws from `baseMs` to three times the last delay (or `maxMs`), and
   * needs the kind `exponential`, whose growth it replaces. Default `full`, which spreads synchronised clients
   * best (Marc Brooker, AWS Architecture Blog, 2015).
   */
  readonly jitter?: Jitter | undefined;
}

/**
 * A backoff of one's own: the delay in milliseconds before retry number `retry` (1 is the second
 * attempt), `previousMs` being the one before (0 for the first).
 */
export type CustomBackoff = (retry: number, previousMs: number) => number;

export interface Backoff {
  readonly kind: 'exponential' | 'linear' | 'constant';
  readonly baseMs: number;
  readonly factor: number;
  readonly maxMs: number;
  readonly jitter: Jitter;
}

const JITTERS = ['none', 'full', 'equal', 'decorrelated'] as const;

const jitterOf = (jitter: Jitter): Jitter =>
  typeof jitter === 'number'
    ? numberIn('backoff.jitter', jitter, { above: 0, max: 1 })
    : oneOf('backoff.jitter', jitter, JITTERS);

/** Checks a backoff and fills in its defaults. */
export const backoffOf = (options: BackoffOptions): Backoff => {
  assertOptions('backoff', options, ['kind', 'baseMs', 'factor', 'maxMs', 'jitter']);
  const kind = oneOf('backoff.kind', given(options.kind, 'exponential'), [
    'exponential',
    'linear',
    'constant',
  ]);
  const jitter = jitterOf(given(options.jitter, 'full'));
  if (kind !== 'exponential' && jitter === 'decorrelated')
    throw outOfRange('backoff.jitter', jitter, `another one with the kind "${kind}"`);
  return {
    kind,
    baseMs: numberIn('backoff.baseMs', given(options.baseMs, 100), { min: 0 }),
    factor: numberIn('backoff.factor', given(options.factor, 2), { min: 1 }),
    maxMs: numberIn('backoff.maxMs', given(options.maxMs, 2_000), { min: 0 }),
    jitter,
  };
};

const grown = ({ kind, baseMs, factor }: Backoff, retry: number): number => {
  switch (kind) {
    case 'constant':
      return baseMs;
    case 'linear':
      return baseMs * retry;
    case 'exponential':
      // Held below Infinity, which times a base of 0 would be NaN.
      return baseMs * Math.min(Number.MAX_VALUE, factor ** (retry - 1));
  }
};

const decorrelated = ({ baseMs, maxMs }: Backoff, previousMs: number, roll: number): number => {
  const least = Math.min(maxMs, baseMs);
  // Bounded before the draw, so that clients do not meet at `maxMs`.
  const most = Math.min(maxMs, Math.max(baseMs, previousMs * 3));
  return Math.min(most, least + (most - least) * roll);
};

/**
 * The delay in milliseconds before retry number `retry` (1 is the second attempt). `previousMs` is
 * the delay before, 0 for the first; `roll` a number in [0, 1).
 */
export const backoffDelay = (
  backoff: Backoff,
  retry: number,
  previousMs: number,
  roll: number,
): number => {
  const { maxMs, jitter } = backoff;
  if (jitter === 'decorrelated')
    return decorrelated(backoff, previousMs === 0 ? backoff.baseMs : previousMs, roll);
  const delay = Math.min(maxMs, grown(backoff, retry));
  if (jitter === 'none') return delay;
  if (jitter === 'full') return delay * roll;
  if (jitter === 'equal') return delay / 2 + (delay / 2) * roll;
  // The middle is held back so that the longest draw is `maxMs` and clients do not meet there.
  const middle = Math.min(delay, maxMs / (1 + jitter));
  return Math.min(maxMs, middle * (1 + jitter * (2 * roll - 1)));
};

/** What a backoff of the user's said, or an error that names it. */
export const customDelay = (backoff: CustomBackoff, retry: number, previousMs: number): number => {
  const delayMs: unknown = backoff(retry, previousMs);
  if (typeof delayMs !== 'number')
    throw wrongType('backoff()', delayMs, 'a number of milliseconds');
  return numberIn('backoff()', delayMs, { min: 0 });
};
