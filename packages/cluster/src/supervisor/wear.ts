import type { Clock } from '@holdfast/core';
import { recycleCause, recycleLimitsOf, type RecycleLimits } from '../restart/recycle.ts';
import type { RestartBudget } from '../restart/restart-budget.ts';
import type { Settings } from './settings.ts';
import type { WorkerStatus } from './status-types.ts';

/** Whether a worker has come to a limit at which another takes its place. */
export class Wear {
  readonly #limits: RecycleLimits;
  readonly #stableAfterMs: number;
  readonly #clock: Clock;
  /** Until then nobody looks. */
  #soundUntil = 0;

  constructor({ recycle, random, restart, clock }: Settings) {
    this.#limits = recycleLimitsOf(recycle, random);
    this.#stableAfterMs = restart.stableAfterMs;
    this.#clock = clock;
  }

  /** For so long it counts as sound, whatever it has come to. */
  spare(forMs: number): void {
    this.#soundUntil = this.#clock.now() + forMs;
  }

  isAtLimit(
    { vitals, ageMs }: Pick<WorkerStatus, 'vitals' | 'ageMs'>,
    budget: RestartBudget,
  ): boolean {
    const now = this.#clock.now();
    if (now < this.#soundUntil) return false;
    const cause = recycleCause(this.#limits, vitals, ageMs);
    if (cause !== 'rss' || ageMs >= this.#stableAfterMs) return cause !== undefined;
    // A limit below what the program takes from its start would have it replaced without end.
    return budget.takeSpare(now) === 0;
  }
}
