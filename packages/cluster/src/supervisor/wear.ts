import type { Clock } from '@holdfast/core';
import type { WorkerVitals } from '../protocol/messages.ts';
import { recycleCause, recycleLimitsOf, type RecycleLimits } from '../restart/recycle.ts';
import type { RestartBudget } from '../restart/restart-budget.ts';
import type { Settings } from './settings.ts';

/** Whether a worker has come to a limit at which another takes its place. */
export class Wear {
  readonly #limits: RecycleLimits;
  readonly #stableAfterMs: number;
  readonly #clock: Clock;
  #placedAt: number;
  /** Until then nobody looks. */
  #soundUntil = 0;

  constructor({ recycle, random, restart, clock }: Settings) {
    this.#limits = recycleLimitsOf(recycle, random);
    this.#stableAfterMs = restart.stableAfterMs;
    this.#clock = clock;
    this.#placedAt = clock.now();
  }

  /** For so long it counts as sound, whatever it has come to. */
  spare(forMs: number): void {
    this.#soundUntil = this.#clock.now() + forMs;
  }

  /** It is as old as its time in a slot: a standby does not begin worn. */
  place(): void {
    this.#placedAt = this.#clock.now();
  }

  isAtLimit(vitals: WorkerVitals | null, budget: RestartBudget): boolean {
    const now = this.#clock.now();
    if (now < this.#soundUntil) return false;
    const ageMs = now - this.#placedAt;
    const cause = recycleCause(this.#limits, vitals, ageMs);
    if (cause !== 'rss' || ageMs >= this.#stableAfterMs) return cause !== undefined;
    // A limit below what the program takes from its start would have it replaced without end.
    return budget.takeSpare(now) === 0;
  }
}
