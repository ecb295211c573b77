import pRetry from 'p-retry';
import { holdsRefusal } from '../errors.ts';
import type { Ending, Repetition } from '../pipeline/stage.ts';
import { start } from '../pipeline/start.ts';
import { sleep } from '../runtime/sleep.ts';
import { pauseMs } from './pause.ts';
import type { RetryTally } from './retry-tally.ts';
import type { Settings } from './settings.ts';

/** How an attempt ended, and whether that is worth a further one, other bounds aside. */
interface Attempt {
  readonly ending: Ending;
  readonly unwanted: boolean;
}

/**
 * What p-retry sees of every attempt that failed: it retries no TypeError and turns what is no Error
 * into one, so it never sees ours. One for all, for its stack tells nothing.
 */
const IN_VAIN = new Error('an attempt was in vain');

const unpack = ({ ending }: Attempt): unknown => {
  if (ending.ok) return ending.value;
  throw ending.error;
};

const failed = (error: unknown, unwanted: boolean): Attempt => ({
  ending: { ok: false, error },
  unwanted,
});

/** The attempts of one call after its first; p-retry owns the loop. */
export class FurtherAttempts {
  readonly #settings: Settings;
  readonly #tally: RetryTally;
  readonly #repetition: Repetition;
  /** The clock's time at which no attempt may begin any more. */
  readonly #until: number;
  #previousMs = 0;

  constructor(settings: Settings, tally: RetryTally, repetition: Repetition, until: number) {
    this.#settings = settings;
    this.#tally = tally;
    this.#repetition = repetition;
    this.#until = until;
  }

  /** Goes on after the first attempt; gives what the last one gave. */
  async run(first: Ending): Promise<unknown> {
    const { attempts } = this.#settings;
    let last = this.#judge(first, 1);
    const attempt = async (number: number): Promise<void> => {
      if (number > 1) last = await this.#make(number);
      if (!last.unwanted) return;
      if (number === attempts) this.#tally.exhausted(number);
      throw IN_VAIN;
    };
    try {
      await pRetry(attempt, {
        retries: attempts - 1,
        minTimeout: 0,
        // Not told of the signal: it would put the reason in the place of what the call itself said.
        // Here is the documented place to wait: it is awaited, and its rejection ends the loop.
        shouldRetry: ({ attemptNumber }) => this.#pause(last.ending, attemptNumber),
      });
    } catch (error) {
      if (error !== IN_VAIN) throw error;
    }
    return unpack(last);
  }

  #judge(ending: Ending, attempt: number): Attempt {
    if (!ending.ok) return { ending, unwanted: true };
    try {
      return { ending, unwanted: this.#settings.whenResult?.(ending.value, attempt) === true };
    } catch (error) {
      return failed(error, false);
    }
  }

  #make(number: number): Promise<Attempt> {
    return start(this.#rerun, this.#repetition).then(
      (value) => this.#judge({ ok: true, value }, number),
      (error: unknown) => failed(error, true),
    );
  }

  readonly #rerun = (repetition: Repetition): Promise<unknown> => {
    // An abort in the very moment in which the pause ends.
    repetition.signal.throwIfAborted();
    return repetition.rerun();
  };

  /** Waits before a further attempt; false when there is to be none. */
  async #pause(ending: Ending, attempt: number): Promise<boolean> {
    const { budget, clock } = this.#settings;
    const { signal } = this.#repetition;
    const delayMs = this.#delayAfter(ending, attempt);
    if (delayMs === undefined) return false;
    if (budget !== false && !budget.withdraw()) {
      this.#tally.overBudget(attempt);
      return false;
    }
    this.#previousMs = delayMs;
    this.#tally.retry(attempt, delayMs);
    // A timer of 0 would still take a millisecond.
    if (delayMs > 0) await sleep(clock, delayMs, signal);
    return true;
  }

  /** How long to wait before a further attempt; undefined when there is to be none. */
  #delayAfter(ending: Ending, attempt: number): number | undefined {
    const { when, clock } = this.#settings;
    if (this.#repetition.signal.aborted) return undefined;
    if (!ending.ok && (holdsRefusal(ending.error) || when?.(ending.error, attempt) === false))
      return undefined;
    const delayMs = pauseMs(this.#settings, ending, attempt, this.#previousMs);
    const left = Math.min(this.#repetition.remainingMs(), this.#until - clock.now());
    return delayMs !== undefined && delayMs < left ? delayMs : undefined;
  }
}
