import {
  assertOptions,
  type Backoff,
  backoffOf,
  given,
  numberIn,
  outOfRange,
  wrongType,
} from '@holdfast/core/adapter';
import type { RestartOptions } from './supervise-options.ts';

export interface RestartSettings {
  readonly backoff: Backoff;
  readonly stableAfterMs: number;
  readonly budget: { readonly restarts: number; readonly windowMs: number };
  readonly fatalExitCodes: ReadonlySet<number>;
}

const restartBackoffOf = (options: NonNullable<RestartOptions['backoff']>): Backoff => {
  const backoff = backoffOf(options);
  const { baseMs = 100, maxMs = 30_000 } = options;
  if (baseMs > maxMs) throw outOfRange('restart.backoff.baseMs', baseMs, `up to maxMs, ${maxMs}`);
  return { ...backoff, baseMs, maxMs };
};

const budgetOf = (options: NonNullable<RestartOptions['budget']>): RestartSettings['budget'] => {
  assertOptions('restart.budget', options, ['restarts', 'windowMs']);
  const restarts = given(options.restarts, 10);
  return {
    restarts: numberIn('restart.budget.restarts', restarts, { whole: true, min: 0, max: 100_000 }),
    windowMs: numberIn('restart.budget.windowMs', given(options.windowMs, 60_000), { above: 0 }),
  };
};

/** Checks how workers that fail are replaced, and fills in the defaults. */
export const restartOf = (options: RestartOptions): RestartSettings => {
  assertOptions('restart', options, ['backoff', 'stableAfterMs', 'budget', 'fatalExitCodes']);
  const codes = given(options.fatalExitCodes, [78]);
  if (!Array.isArray(codes))
    throw wrongType('restart.fatalExitCodes', codes, 'an array of numbers');
  for (const code of codes)
    numberIn('restart.fatalExitCodes', code, { whole: true, min: 0, max: 255 });
  return {
    backoff: restartBackoffOf(given(options.backoff, {})),
    stableAfterMs: numberIn('restart.stableAfterMs', given(options.stableAfterMs, 30_000), {
      min: 0,
    }),
    budget: budgetOf(given(options.budget, {})),
    fatalExitCodes: new Set(codes),
  };
};
