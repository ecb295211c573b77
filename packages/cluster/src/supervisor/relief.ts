import type { Fleet } from './fleet.ts';
import type { Emit } from './fleet-options.ts';
import { replaceWorker } from './replacement.ts';
import type { Slot } from './slot.ts';

/** Replaces workers whose event loop stands still: one at a time, so that a common cause does not take all at once. */
export class Relief {
  readonly #fleet: Fleet;
  readonly #emit: Emit;
  #isBusy = false;

  constructor(fleet: Fleet, emit: Emit) {
    this.#fleet = fleet;
    this.#emit = emit;
  }

  look(): void {
    const { isStopping, slots } = this.#fleet;
    const blocked = slots.find(
      ({ current, successor }) => current?.state === 'blocked' && successor === undefined,
    );
    if (this.#isBusy || isStopping || blocked === undefined) return;
    this.#isBusy = true;
    const waitMs = this.#fleet.vacancies.take();
    void (waitMs === 0 ? this.#relieve(blocked) : this.#await(blocked, waitMs));
  }

  async #await(blocked: Slot, retryAfterMs: number): Promise<void> {
    this.#emit('budgetExhausted', { slot: blocked.index, retryAfterMs });
    blocked.awaitsBudget = true;
    await this.#fleet.pause(retryAfterMs);
    blocked.awaitsBudget = false;
    this.#next();
  }

  async #relieve(slot: Slot): Promise<void> {
    const blocked = slot.current;
    this.#emit('restartScheduled', { slot: slot.index, cause: 'blocked', failures: 0, delayMs: 0 });
    try {
      await replaceWorker(this.#fleet, slot, 'blocked', 0);
    } catch {
      // Why stands in the events of the new one. Whoever still stands still is of no use; its exit starts another.
      if (blocked?.state === 'blocked') blocked.kill();
    }
    this.#next();
  }

  #next(): void {
    this.#isBusy = false;
    this.look();
  }
}
