import type { Operation } from '../../harness/suite.ts';
import type { Guard } from '../contender.ts';

/** Calls through a policy that hang until they are let go, the newest first. */
export class HeldCalls {
  readonly #operation: Operation;
  readonly #settlers: (() => void)[] = [];
  readonly #results: unknown[] = [];

  constructor(guard: Guard['guard']) {
    this.#operation = guard(
      () =>
        new Promise((resolve) => {
          this.#settlers.push(() => resolve(1));
        }),
    );
  }

  /** How many were started and not let go. */
  get size(): number {
    return this.#results.length;
  }

  start(count: number): void {
    for (let i = 0; i < count; i++) this.#results.push(this.#operation());
  }

  /** Lets the newest go, and waits until they are over. */
  async end(count: number): Promise<void> {
    // One that was refused would pass for a fast one.
    if (this.#settlers.length !== this.size) throw new Error('some calls were not made');
    for (const settle of this.#settlers.splice(-count)) settle();
    await Promise.all(this.#results.splice(-count));
  }
}
