import { RestartBudget } from '../restart/restart-budget.ts';
import type { Emit } from './fleet-options.ts';
import type { Member } from './member.ts';
import type { Settings } from './settings.ts';
import type { Slot } from './slot.ts';
import type { ReplaceCause } from './supervisor-events.ts';

export interface VacanciesOptions {
  readonly settings: Settings;
  readonly emit: Emit;
  /** Whether there still is such a slot, and nobody wants all to end. */
  readonly isOpen: (slot: Slot) => boolean;
  readonly launchFor: (slot: Slot) => Member;
  /** A slot has begun to wait, or was given up. */
  readonly changed: () => void;
}

/** Has slots have a worker again whose worker is gone: after a delay, and as the budget of all allows. */
export class Vacancies {
  readonly budget: RestartBudget;
  readonly #options: VacanciesOptions;

  constructor(options: VacanciesOptions) {
    this.#options = options;
    this.budget = new RestartBudget(options.settings.restart.budget);
  }

  /** Takes a restart of the budget for the slot: 0, or after how many milliseconds to ask again. */
  take({ index }: Slot): number {
    const { settings, emit } = this.#options;
    const retryAfterMs = this.budget.take(settings.clock.now());
    if (retryAfterMs > 0) emit('budgetExhausted', { slot: index, retryAfterMs });
    return retryAfterMs;
  }

  /** Starts a worker for the slot, now or later, unless one is on its way. */
  fill(slot: Slot, cause: ReplaceCause): void {
    const { settings, emit, isOpen } = this.#options;
    if (!isOpen(slot) || slot.adopt()) return;
    const delayMs = cause === 'leaving' ? 0 : slot.policy.failed(settings.clock.now());
    const { failures } = slot.policy;
    emit('restartScheduled', { slot: slot.index, cause, failures, delayMs });
    if (delayMs === 0) this.#restart(slot);
    else this.#restartIn(slot, delayMs);
    this.#options.changed();
  }

  /** No further worker would fare better than this one. */
  giveUp(slot: Slot, member: Member): void {
    if (!this.#options.isOpen(slot) || slot.adopt()) return;
    slot.givenUp = member.standing.failure;
    const detail = member.standing.failure?.message ?? '';
    this.#options.emit('slotGivenUp', { slot: slot.index, detail });
    this.#options.changed();
  }

  #restartIn(slot: Slot, delayMs: number): void {
    const { clock } = this.#options.settings;
    slot.restartBy(clock.setTimer(() => this.#restart(slot), delayMs));
  }

  #restart(slot: Slot): void {
    slot.restartBy(undefined);
    const retryAfterMs = this.take(slot);
    if (retryAfterMs === 0) {
      slot.current = this.#options.launchFor(slot);
      return;
    }
    this.#restartIn(slot, retryAfterMs);
    slot.awaitsBudget = true;
    this.#options.changed();
  }
}
