import { bulkhead, circuitBreaker, deadline, pipeline, retry, timeout } from '@holdfast/core';
import type { Clock, Executable, Pipeline, Random } from '@holdfast/core';

/** What stands round a call besides the timeout of an attempt. */
export interface Pieces {
  /** Three attempts rather than one. */
  readonly retry?: true;
  readonly budget?: true;
  readonly breaker?: true;
  /** When a slot comes back: `BulkheadOptions['holdUntil']`. */
  readonly bulkhead?: 'settled' | 'finished';
  /** Of the whole call; passed on, it lets the server drop what nobody waits for. */
  readonly deadline?: 'kept to oneself' | 'passed on';
}

export const ATTEMPT_MS = 500;
export const DEADLINE_MS = 1_000;
/** Per client: ten times what is in flight in health. */
export const SLOTS = 15;

/** The policies of one client, in the recommended order. */
export const stackOf = (pieces: Pieces, clock: Clock, random: Random): Pipeline => {
  const { budget, breaker, bulkhead: holdUntil } = pieces;
  const name = 'dependency';
  const policies: (Executable | undefined)[] = [
    pieces.deadline && deadline({ deadlineMs: DEADLINE_MS, clock }),
    pieces.retry && retry({ clock, random, budget: budget ? undefined : false }),
    breaker && circuitBreaker({ name, clock, random }),
    holdUntil && bulkhead({ name, concurrency: SLOTS, holdUntil, clock }),
    timeout({ timeoutMs: ATTEMPT_MS, clock }),
  ];
  return pipeline(...policies.filter((policy) => policy !== undefined));
};
