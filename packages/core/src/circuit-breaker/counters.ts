import type { BreakerCounters } from './types.ts';

/** Counts since construction, kept as plain numbers on the hot path. */
export class Counters {
  admitted = 0;
  refused = 0;
  successes = 0;
  failures = 0;
  slow = 0;
  ignored = 0;
  lateSuccesses = 0;
  lateFailures = 0;
  unrecorded = 0;
  wouldRefuse = 0;
  stalled = 0;
  /** Settled without standing in a public counter: late or unrecorded ones. */
  unseen = 0;

  /** Admitted and not yet settled. */
  get inFlight(): number {
    const late = this.lateSuccesses + this.lateFailures;
    return this.admitted - this.successes - this.failures - this.ignored - late - this.unseen;
  }

  snapshot(): BreakerCounters {
    const { unseen: _, ...counters } = this;
    return counters;
  }
}
