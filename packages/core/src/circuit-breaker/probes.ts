/** What the ledger of probes needs to know of one. */
export interface Probe {
  readonly startedAt: number;
  readonly leaseMs: number;
}

/** The probes of one half-open generation. */
export class Probes<P extends Probe> {
  successes = 0;
  failures = 0;
  readonly #unsettled: P[] = [];

  get unsettled(): number {
    return this.#unsettled.length;
  }

  /** Whether one more may start: never more than can still count, and only so many at once. */
  hasSlot(limits: { readonly probes: number; readonly concurrency: number }): boolean {
    const { unsettled } = this;
    return unsettled < limits.concurrency && this.successes + unsettled < limits.probes;
  }

  admit(probe: P): void {
    this.#unsettled.push(probe);
  }

  /** Whether this probe is unsettled and its slot its own. */
  holds(probe: P): boolean {
    return this.#unsettled.includes(probe);
  }

  /** Gives the slot back. */
  release(probe: P): void {
    const at = this.#unsettled.indexOf(probe);
    if (at >= 0) this.#unsettled.splice(at, 1);
  }

  /** Probes whose lease is over by `isOver`, oldest first. */
  overdue(isOver: (probe: P) => boolean): P[] {
    return this.#unsettled.filter(isOver);
  }

  /** The least of what `endOf` says of each probe; `Infinity` without one. */
  firstEnd(endOf: (probe: P) => number): number {
    return this.#unsettled.reduce((first, probe) => Math.min(first, endOf(probe)), Infinity);
  }
}
