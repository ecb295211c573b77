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
  readonly #onLeave: () => void;

  /** `onLeave` hears that a waiter gave up. */
  constructor(onLeave: () => void) {
    this.#onLeave = onLeave;
  }

  get size(): number {
    return this.#waiters.size;
  }

  /** Waits for an answer; an abort leaves the line and rejects with the signal's reason. */
  join(until: number, measured: boolean, signal: AbortSignal | undefined): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiters.delete(waiter);
        this.#onLeave();
        reject(signal?.reason);
      };
      const settle = (answer: Answer): void => {
        signal?.removeEventListener('abort', onAbort);
        resolve(answer);
      };
      const waiter = { until, measured, settle };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiters.add(waiter);
    });
  }

  /** Takes the one that has waited longest. */
  shift(): Waiter<Answer> | undefined {
    const [first] = this.#waiters;
    if (first !== undefined) this.#waiters.delete(first);
    return first;
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
