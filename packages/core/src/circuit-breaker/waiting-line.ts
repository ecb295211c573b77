/** A call that waits for a probe slot. */
export interface Waiter<Answer> {
  /** Monotonic milliseconds; then it is refused. */
  readonly until: number;
  /** Whether the duration of its call will be asked for. */
  readonly measured: boolean;
  readonly settle: (answer: Answer) => void;
}

/** Calls that wait for a probe slot: first in, first out, and any may leave. */
export class WaitingLine<Answer> {
  readonly #waiters = new Set<Waiter<Answer>>();

  get size(): number {
    return this.#waiters.size;
  }

  join(waiter: Waiter<Answer>): void {
    this.#waiters.add(waiter);
  }

  leave(waiter: Waiter<Answer>): void {
    this.#waiters.delete(waiter);
  }

  /** Takes the one that has waited longest. */
  shift(): Waiter<Answer> | undefined {
    for (const waiter of this.#waiters) {
      this.#waiters.delete(waiter);
      return waiter;
    }
    return undefined;
  }

  /** Takes those whose time is over. */
  takeOverdue(now: number): Waiter<Answer>[] {
    const overdue = [...this.#waiters].filter(({ until }) => until <= now);
    for (const waiter of overdue) this.#waiters.delete(waiter);
    return overdue;
  }

  /** When the first wait ends; `Infinity` when nobody waits. */
  firstEnd(): number {
    let first = Infinity;
    for (const { until } of this.#waiters) first = Math.min(first, until);
    return first;
  }
}
