import type { Result } from '../call.ts';
import { holdsRefusal } from '../errors.ts';
import { failureStack } from '../pipeline/failure-stack.ts';
import { stackPolicy } from '../pipeline/stack-policy.ts';
import type { Again, CallRecord, Ending, PolicyDescription, Stage } from '../pipeline/stage.ts';
import type { Clock } from '../runtime/clock.ts';
import { FurtherAttempts } from './further-attempts.ts';
import { RetryTally, type RetryEvents } from './retry-tally.ts';
import { RetryRules } from './rules.ts';
import { settingsOf, updatedSettings, type RetryOptions, type Settings } from './settings.ts';
import type { EndedAttempt, Retry } from './types.ts';

/** The clock's time at which no attempt may begin any more; undefined where there is none. */
type Until = number | undefined;

class RetryStage implements Stage<Until> {
  readonly role = 'repeats';
  readonly prolongs = true;
  readonly tally: RetryTally;
  settings: Settings;
  rules: RetryRules;

  constructor(settings: Settings) {
    this.settings = settings;
    this.tally = new RetryTally(settings.name);
    this.rules = new RetryRules(settings, this.tally);
  }

  change(settings: Settings): void {
    this.settings = settings;
    this.rules = new RetryRules(settings, this.tally);
  }

  get clock(): Clock {
    return this.settings.clock;
  }

  enter(record: CallRecord): Until | Promise<never> {
    const { budget, maxElapsedMs, clock } = this.settings;
    try {
      // What a retry outside repeats is no first attempt.
      if (budget !== false && record.attempt === 1) budget.deposit();
      return maxElapsedMs === undefined ? undefined : clock.now() + maxElapsedMs;
    } catch (error) {
      // A budget of the user's own: its call is not made, and the stages outside are left.
      return Promise.reject(error);
    }
  }

  /** Whether a call may go without a record until it fails; if so this is its `enter`. */
  passes(): boolean {
    const { maxElapsedMs, whenResult } = this.settings;
    if (maxElapsedMs !== undefined || whenResult !== undefined) return false;
    try {
      this.deposit();
      return true;
    } catch {
      return false; // `enter` asks once more and knows what to do with it
    }
  }

  /** Earns credit without a call that could hold a record. */
  deposit(): void {
    const { budget } = this.settings;
    if (budget !== false) budget.deposit();
  }

  leave(until: Until, ending: Ending, record: CallRecord): Again | undefined {
    return ending.ok && this.settings.whenResult === undefined
      ? undefined
      : this.#again(until, ending, record);
  }

  #again(until: Until, ending: Ending, record: CallRecord): Again | undefined {
    const { settings, rules } = this;
    if (settings.attempts === 1 || record.options?.signal?.aborted === true) return undefined;
    if (!ending.ok && holdsRefusal(ending.error)) return undefined;
    return (repetition) => new FurtherAttempts(rules, repetition, until ?? Infinity).run(ending);
  }

  describe(): PolicyDescription {
    const { name, clock: _clock, random: _random, budget, ...options } = this.settings;
    return { policy: 'retry', name, options: { ...options, budget: budget !== false } };
  }
}

/**
 * Tries again what failed, after a growing pause with jitter, within a budget. Never a refusal (the call
 * was not sent), never after the caller's abort, never when the pause would outlast the deadline or
 * `maxElapsedMs`; rejects with the last error, untouched. An abort ends a pause at once. Throws
 * `TypeError` or `RangeError` for a wrong option.
 */
export const retry = (options: RetryOptions = {}): Retry => {
  const stage = new RetryStage(settingsOf(options));
  const { tally } = stage;
  const policy = stackPolicy<RetryOptions, RetryEvents>({
    name: tally.name,
    stack: failureStack(stage, () => stage.passes()),
    events: tally.events,
    update: (change) => stage.change(updatedSettings(stage.settings, change)),
    snapshot: () => ({
      name: tally.name,
      attempts: stage.settings.attempts,
      retries: tally.retries,
      exhausted: tally.exhaustions,
      overBudget: tally.refusedByBudget,
    }),
    dispose: () => undefined,
  });
  return Object.assign(policy, {
    firstAttempt: (): void => stage.deposit(),
    furtherAttempt: (result: Result<unknown>, at: EndedAttempt): number | undefined =>
      stage.rules.next(result, at),
  });
};
