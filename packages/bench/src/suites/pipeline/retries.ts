import { retry, type RetryOptions } from '@holdfast/core';
import { ConstantBackoff, handleAll, retry as cockatielRetry } from 'cockatiel';
import { Retry } from 'mollitia';
import pRetry from 'p-retry';
import type { Guard } from '../contender.ts';
import { cockatiel, holdfast, mollitia, peer } from './guards.ts';

/** Attempts in all; the peers count those after the first. */
export const ATTEMPTS = 3;
export const RETRIES = ATTEMPTS - 1;

const holdfastRetryWith = (what: string, options: RetryOptions): Guard =>
  holdfast(what, () => retry({ attempts: ATTEMPTS, ...options }));

export const holdfastRetry = holdfastRetryWith('retry', {});

/** No peer has a budget, and each call's failing once would use it up. */
export const holdfastAtOnce = holdfastRetryWith('retry, budget:false', {
  budget: false,
  backoff: { baseMs: 0 },
});

export const cockatielRetryGuard = cockatiel('retry', () =>
  cockatielRetry(handleAll, { maxAttempts: RETRIES, backoff: new ConstantBackoff(0) }),
);

/** Only its first retry can come at once. */
export const mollitiaRetry = mollitia('retry', () => [
  new Retry({ attempts: RETRIES, fastFirst: true }),
]);

export const pRetryGuard = peer('p-retry', (call) => {
  const options = { retries: RETRIES, minTimeout: 0 };
  return () => pRetry(call, options);
});
