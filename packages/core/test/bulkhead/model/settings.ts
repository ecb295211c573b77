import fc from 'fast-check';
import type { QueueOrder } from '../../../src/bulkhead/types.ts';

/** Of a bulkhead and of the timeouts about it. */
export interface Settings {
  readonly concurrency: number;
  readonly queue: number;
  readonly order: QueueOrder;
  readonly maxWaitMs: number;
  readonly holdUntil: 'settled' | 'finished';
}

/**
 * Commands run at multiples of it. Waits end at such times as well, timeouts a little beside them, so
 * that no two moments coincide of which the order would be anybody's guess.
 */
export const STEP_MS = 4_096;

export const INNER_TIMEOUT_MS = 2 * STEP_MS + 1;
export const OUTER_TIMEOUT_MS = 3 * STEP_MS + 1_024;
/** How much later than a step a deadline lies. */
export const BESIDE_MS = 2_048;

const choices = {
  concurrency: fc.integer({ min: 1, max: 4 }),
  queue: fc.integer({ min: 0, max: 5 }),
  order: fc.constantFrom<QueueOrder>('fifo', 'lifo', 'priority'),
  maxWaitMs: fc.integer({ min: 1, max: 6 }).map((steps) => steps * STEP_MS),
  holdUntil: fc.constantFrom('settled' as const, 'finished' as const),
};

export const settings: fc.Arbitrary<Settings> = fc.record(choices);
export const changes: fc.Arbitrary<Partial<Settings>> = fc.record(choices, { requiredKeys: [] });
