import type { Machine } from './machine.ts';
import type { ProbePermit } from './permit.ts';

/** The probes of one half-open generation. */
export class Probes {
  successes = 0;
  failures = 0;
  readonly #unsettled: ProbePermit[] = [];

  get unsettled(): number {
    return this.#unsettled.length;
  }

  /** Whether one more may start: never more than can still count, and only so many at once. */
  hasSlot(limits: { readonly probes: number; readonly concurrency: number }): boolean {
    const { unsettled } = this;
    return unsettled < limits.concurrency && this.successes + unsettled < limits.probes;
  }

  admit(probe: ProbePermit): void {
    this.#unsettled.push(probe);
  }

  /** Gives the slot back. */
  release(probe: ProbePermit): void {
    const at = this.#unsettled.indexOf(probe);
    if (at >= 0) this.#unsettled.splice(at, 1);
  }

  /** Nobody counts their time any more: their generation is over. */
  unwatchAll(machine: Machine): void {
    for (const probe of this.#unsettled) probe.unwatch(machine);
  }

  /** Probes whose lease is over by `isOver`, oldest first. */
  overdue(isOver: (probe: ProbePermit) => boolean): ProbePermit[] {
    return this.#unsettled.filter(isOver);
  }

  /** The least of what `endOf` says of each probe; `Infinity` without one. */
  firstEnd(endOf: (probe: ProbePermit) => number): number {
    return this.#unsettled.reduce((first, probe) => Math.min(first, endOf(probe)), Infinity);
  }
}
