import type { Fleet } from './fleet.ts';
import type { Member } from './member.ts';
import { replaceUrgently } from './replacement.ts';
import type { Slot } from './slot.ts';

/** Replaces workers whose event loop stands still: one at a time, so that a common cause does not take all at once. */
export class Relief {
  readonly #fleet: Fleet;
  #isBusy = false;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  look(): void {
    const { isStopping, slots } = this.#fleet;
    const slot = slots.find(
      ({ current, successor }) =>
        current?.state === 'blocked' && !current.parting.wasKilled && successor === undefined,
    );
    if (this.#isBusy || isStopping || slot?.current === undefined) return;
    void this.#relieve(slot, slot.current);
  }

  async #relieve(slot: Slot, blocked: Member): Promise<void> {
    this.#isBusy = true;
    await replaceUrgently(this.#fleet, slot, {
      cause: 'blocked',
      failures: 0,
      onNoneLeft: async (retryAfterMs) => {
        slot.awaitsBudget = true;
        await this.#fleet.pause(retryAfterMs);
        if (slot.current === blocked) slot.awaitsBudget = false;
      },
      // Whoever still stands still is of no use; its exit starts another.
      onFailure: () => {
        if (blocked.state === 'blocked') blocked.kill();
      },
    });
    this.#isBusy = false;
    this.look();
  }
}
