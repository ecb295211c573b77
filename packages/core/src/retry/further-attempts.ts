import pRetry from 'p-retry';
import type { Ending, Repetition } from '../pipeline/stage.ts';
import { start } from '../pipeline/start.ts';
import { sleep } from '../runtime/sleep.ts';
import type { RetryRules } from './rules.ts';

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
  readonly #rules: RetryRules;
  readonly #repetition: Repetition;
  /** The clock's time at which no attempt may begin any more. */
  readonly #until: number;
  #previousMs = 0;

  constructor(rules: RetryRules, repetition: Repetition, until: number) {
    this.#rules = rules;
    this.#repetition = repetition;
    this.#until = until;
  }

  /** Goes on after the first attempt; gives what the last one gave. */
  async run(first: Ending): Promise<unknown> {
    const { attempts } = this.#rules.settings;
    let last = this.#judge(first, 1);
    const attempt = async (number: number): Promise<void> => {
      if (number > 1) last = await this.#make(number);
      if (!last.unwanted) return;
      this.#rules.wasLast(number);
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
    try {
      return { ending, unwanted: this.#rules.isUnwanted(ending, attempt) };
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
    const { clock } = this.#rules.settings;
    const { signal } = this.#repetition;
    if (signal.aborted) return false;
    const remainingMs = Math.min(this.#repetition.remainingMs(), this.#until - clock.now());
    const at = { attempt, previousMs: this.#previousMs, remainingMs };
    const delayMs = this.#rules.pauseAfter(ending, at);
    if (delayMs === undefined) return false;
    this.#previousMs = delayMs;
    // A timer of 0 would still take a millisecond.
    if (delayMs > 0) await sleep(clock, delayMs, signal);
    return true;
  }
}
