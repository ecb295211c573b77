import type { Bulkhead } from './types.ts';

/** Tells a bulkhead that was handed over from options for one; of another copy of this package, too. */
export const isBulkhead = (either: unknown): either is Bulkhead =>
  typeof either === 'object' && either !== null && 'tryAcquire' in either && 'enter' in either;
