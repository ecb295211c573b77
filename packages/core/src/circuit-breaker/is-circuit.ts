import type { CircuitBreaker } from './types.ts';

/** Tells a circuit that was handed over from options for one; of another copy of this package, too. */
export const isCircuit = (either: unknown): either is CircuitBreaker =>
  typeof either === 'object' && either !== null && 'tryAcquire' in either && 'isolate' in either;
