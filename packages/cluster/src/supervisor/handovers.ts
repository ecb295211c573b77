import type { Fleet } from './fleet.ts';
import type { Emit } from './fleet-options.ts';
import type { Member } from './member.ts';
import { replaceWorker } from './replacement.ts';
import type { Slot } from './slot.ts';

/** A signal to the whole process group reaches the supervisor as well, which then needs no other worker. */
const GROUP_SIGNAL_MS = 20;

/** Has another worker be ready before one goes that wants to; until then that one serves. */
export class Handovers {
  readonly #fleet: Fleet;
  readonly #emit: Emit;

  constructor(fleet: Fleet, emit: Emit) {
    this.#fleet = fleet;
    this.#emit = emit;
  }

  begin(slot: Slot, member: Member): void {
    const { clock } = this.#fleet.settings;
    clock.setTimer(() => void this.#handOver(slot, member), GROUP_SIGNAL_MS);
  }

  async #handOver(slot: Slot, member: Member): Promise<void> {
    if (this.#fleet.isStopping || slot.current !== member) return;
    try {
      if (slot.successor === undefined) await this.#replace(slot);
      else await slot.successor.standing.ready; // whoever has started it lets this one go
    } catch {
      // Nobody can take its place now, and it wants to go all the same.
      member.leave('leaving');
    }
  }

  async #replace(slot: Slot): Promise<void> {
    const retryAfterMs = this.#fleet.vacancies.take();
    const { index } = slot;
    if (retryAfterMs > 0) {
      this.#emit('budgetExhausted', { slot: index, retryAfterMs });
      throw new Error('the restart budget is used up');
    }
    this.#emit('restartScheduled', { slot: index, cause: 'leaving', failures: 0, delayMs: 0 });
    await replaceWorker(this.#fleet, slot, 'leaving', 0);
  }
}
