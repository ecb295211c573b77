import { clockOf } from '../options/time-and-chance.ts';
import { assertOptions, given, nameOf, numberIn, oneOf } from '../options/validate.ts';
import type { Clock } from '../runtime/clock.ts';

/**
 * Who of those that wait is served first, and who goes when one too many waits.
 *
 * - `fifo`: the oldest is served; the newcomer goes.
 * - `lifo`: the newest is served; the oldest goes, as in .NET's `ConcurrencyLimiter` with `NewestFirst`.
 * - `priority`: the highest priority is served, the oldest first within one; the youngest of the lowest
 *   priority goes.
 */
export type QueueOrder = 'fifo' | 'lifo' | 'priority';

/** Options of `bulkhead`; `concurrency` is required. */
export interface BulkheadOptions {
  /** Stands in errors, events and metrics. Default `bulkhead`. */
  readonly name?: string | undefined;
  /** How many calls may be inside at once. */
  readonly concurrency: number;
  /** How many calls may wait for a slot. Default 0: what finds no slot is refused at once. */
  readonly queue?: number | undefined;
  /** Default `fifo`. */
  readonly order?: QueueOrder | undefined;
  /** A call that has waited this long for a slot is refused. Default 1,000. */
  readonly maxWaitMs?: number | undefined;
  /**
   * When a call gives its slot back that a timeout inside has ended, but that runs on: `settled`
   * (default) as soon as its caller has an answer, `finished` when the work itself is over. The latter
   * never gives a dependency that ignores aborts more than `concurrency` calls at once, and lets one
   * that hangs for good hold its slot for good.
   */
  readonly holdUntil?: 'settled' | 'finished' | undefined;
  readonly clock?: Clock | undefined;
}

/** The options with their defaults. */
export interface Settings {
  readonly name: string;
  readonly concurrency: number;
  readonly queue: number;
  readonly order: QueueOrder;
  readonly maxWaitMs: number;
  readonly holdUntil: 'settled' | 'finished';
  readonly clock: Clock;
}

const KNOWN = ['name', 'concurrency', 'queue', 'order', 'maxWaitMs', 'holdUntil', 'clock'];

export const settingsOf = (options: BulkheadOptions): Settings => {
  assertOptions('bulkhead', options, KNOWN);
  const { concurrency, queue, order, maxWaitMs, holdUntil } = options;
  return {
    name: nameOf('name', given(options.name, 'bulkhead')),
    concurrency: numberIn('concurrency', concurrency, { min: 1, whole: true }),
    queue: numberIn('queue', given(queue, 0), { min: 0, whole: true }),
    order: oneOf('order', given(order, 'fifo'), ['fifo', 'lifo', 'priority']),
    maxWaitMs: numberIn('maxWaitMs', given(maxWaitMs, 1_000), { above: 0 }),
    holdUntil: oneOf('holdUntil', given(holdUntil, 'settled'), ['settled', 'finished']),
    clock: clockOf(options.clock),
  };
};

/** Name and clock stay as they are. */
export const updatedSettings = (before: Settings, change: Partial<BulkheadOptions>): Settings => {
  const { name, clock } = before;
  return settingsOf({ ...before, ...change, name, clock });
};
