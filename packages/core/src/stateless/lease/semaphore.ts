import { assertOptions, numberIn } from '../../options/validate.ts';
import { leasePolicy } from './lease-policy.ts';
import { LOCK_OPTIONS, leaseSettings } from './settings.ts';
import type { LeasePolicy, SemaphoreOptions } from './types.ts';

/** As a store has it. */
const MOST = 1e9;

const KNOWN = [...LOCK_OPTIONS, 'max'];

/**
 * As `lock`, for `max` holders at a time, each with a lease of its own: who crashes takes one place for
 * `leaseMs` at most, where a counter would lose it for good. Throws `TypeError` or `RangeError` for a
 * wrong option.
 */
export const semaphore = (options: SemaphoreOptions): LeasePolicy => {
  assertOptions('semaphore', options, KNOWN);
  const max = numberIn('max', options.max, { whole: true, min: 1, max: MOST });
  return leasePolicy(leaseSettings('semaphore', options, max));
};
