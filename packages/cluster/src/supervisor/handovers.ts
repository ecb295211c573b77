import type { Fleet } from './fleet.ts';
import type { Emit } from './fleet-options.ts';
import type { Member } from './member.ts';
import { replaceWorker } from './replacement.ts';
import type { Slot } from './slot.ts';

/** A signal to the whole process group reaches the supervisor as well, which then needs no other worker. */
const GROUP_SIGNAL_MS = 20;

/** Resolves when either of them cannot be counted on any more. */
const eitherLost = (a: Member, b: Member): Promise<void> =>
  new Promise((resolve) => {
    for (const { standing } of [a, b]) {
      if (standing.lost.aborted) resolve();
      else standing.lost.addEventListener('abort', () => resolve(), { once: true });
    }
  });

/** Has another worker be ready before one goes that wants to; until then that one serves. */
export class Handovers {
  readonly #fleet: Fleet;
  readonly #emit: Emit;

  constructor(fleet: Fleet, emit: Emit) {
    this.#fleet = fleet;
    this.#emit = emit;
  }

  begin(slot: Slot, member: Member): void {
    void this.#handOver(slot, member);
  }

  async #handOver(slot: Slot, member: Member): Promise<void> {
    const { clock, ready } = this.#fleet.settings;
    const end = clock.now() + ready.timeoutMs;
    await this.#fleet.pause(GROUP_SIGNAL_MS);
    while (!this.#fleet.isStopping && slot.current === member && member.isServing) {
      // Whoever has started that one lets this one go.
      if (slot.successor !== undefined) await eitherLost(slot.successor, member);
      else if (clock.now() >= end || !(await this.#replace(slot))) member.leave('leaving');
    }
  }

  /** False where there is no restart left, and nobody will take its place soon. */
  async #replace(slot: Slot): Promise<boolean> {
    const { index, policy } = slot;
    const retryAfterMs = this.#fleet.vacancies.take();
    if (retryAfterMs > 0) {
      this.#emit('budgetExhausted', { slot: index, retryAfterMs });
      return false;
    }
    const { failures } = policy;
    this.#emit('restartScheduled', { slot: index, cause: 'leaving', failures, delayMs: 0 });
    try {
      await replaceWorker(this.#fleet, slot, 'leaving', 0);
    } catch {
      // Why stands in the events of the new one; this one serves meanwhile.
      await this.#fleet.pause(policy.failed(this.#fleet.settings.clock.now()));
    }
    return true;
  }
}
