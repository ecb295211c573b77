import { holdsRefusal } from '../errors.ts';
import type { Ending } from '../pipeline/stage.ts';
import { pauseMs } from './pause.ts';
import type { RetryTally } from './retry-tally.ts';
import type { Settings } from './settings.ts';
import type { EndedAttempt } from './types.ts';

/** Whether a further attempt follows one that ended, and after how long; counts and tells it. */
export class RetryRules {
  readonly settings: Settings;
  readonly tally: RetryTally;

  constructor(settings: Settings, tally: RetryTally) {
    this.settings = settings;
    this.tally = tally;
  }

  /** How long to wait before a further attempt; undefined when there is to be none. */
  next(ending: Ending, at: EndedAttempt): number | undefined {
    const { attempt } = at;
    if (this.settings.attempts === 1 || !this.isUnwanted(ending, attempt)) return undefined;
    return this.wasLast(attempt) ? undefined : this.pauseAfter(ending, at);
  }

  /** Whether an ending is worth a further attempt, other bounds aside. */
  isUnwanted(ending: Ending, attempt: number): boolean {
    return !ending.ok || this.settings.whenResult?.(ending.value, attempt) === true;
  }

  /** Whether there was no attempt left after one that was in vain. */
  wasLast(attempt: number): boolean {
    if (attempt < this.settings.attempts) return false;
    this.tally.exhausted(attempt);
    return true;
  }

  /** As `next`, after an attempt that was in vain and not the last. */
  pauseAfter(ending: Ending, at: EndedAttempt): number | undefined {
    const { budget } = this.settings;
    const delayMs = this.#delayAfter(ending, at);
    if (delayMs === undefined) return undefined;
    if (budget !== false && !budget.withdraw()) {
      this.tally.overBudget(at.attempt);
      return undefined;
    }
    this.tally.retry(at.attempt, delayMs);
    return delayMs;
  }

  #delayAfter(ending: Ending, at: EndedAttempt): number | undefined {
    const { attempt, previousMs, remainingMs } = at;
    const { when } = this.settings;
    if (!ending.ok && (holdsRefusal(ending.error) || when?.(ending.error, attempt) === false))
      return undefined;
    const delayMs = pauseMs(this.settings, ending, attempt, previousMs);
    return delayMs !== undefined && delayMs < remainingMs ? delayMs : undefined;
  }
}
