import pRetry from 'p-retry';
import type { Policy } from '../call.ts';
import { holdsRefusal } from '../errors.ts';
import { retryChannel } from '../events/channels.ts';
import { Emitter, type Tap } from '../events/emitter.ts';
import { clockOf, randomOf } from '../options/time-and-chance.ts';
import { assertFunction, assertOptions, nameOf, numberIn, given } from '../options/validate.ts';
import { stackPolicy } from '../pipeline/stack-policy.ts';
import type { Again, CallRecord, Ending, Repetition, Stage } from '../pipeline/stage.ts';
import type { Clock, Random } from '../runtime/clock.ts';
import { sleep } from '../runtime/sleep.ts';
import { backoffDelay, backoffOf, type Backoff, type BackoffOptions } from './backoff.ts';

/** Options of `retry`; every one has a default. */
export interface RetryOptions {
  /** Stands in errors, events and metrics. Default `retry`. */
  readonly name?: string | undefined;
  /** Attempts in all, the first included. Default 3. */
  readonly attempts?: number | undefined;
  readonly backoff?: BackoffOptions | undefined;
  /** Whether an error is worth a further attempt. Default: every error. Refusals never are. */
  readonly when?: ((error: unknown, attempt: number) => boolean) | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** What `on` of a retry can listen to. */
export interface RetryEvents {
  /** An attempt failed and a further one follows after `delayMs`. */
  retry: { readonly name: string; readonly attempt: number; readonly delayMs: number };
  /** The last attempt failed. */
  exhausted: { readonly name: string; readonly attempts: number };
}

const retryTap: Tap<RetryEvents> = {
  hears: () => retryChannel.hasSubscribers,
  publish: (type, event) => retryChannel.publish({ type, ...event }),
};

interface Settings {
  readonly name: string;
  readonly attempts: number;
  readonly backoff: Backoff;
  readonly when: (error: unknown, attempt: number) => boolean;
  readonly clock: Clock;
  readonly random: Random;
}

const settingsOf = (options: RetryOptions): Settings => {
  assertOptions('retry', options, ['name', 'attempts', 'backoff', 'when', 'clock', 'random']);
  assertFunction('when', options.when);
  return {
    name: nameOf('name', given(options.name, 'retry')),
    attempts: numberIn('attempts', given(options.attempts, 3), { min: 1, whole: true }),
    backoff: backoffOf(given(options.backoff, {})),
    when: given(options.when, () => true),
    clock: clockOf(options.clock),
    random: randomOf(options.random),
  };
};

class RetryStage implements Stage<undefined> {
  readonly repeats = true;
  settings: Settings;
  retries = 0;
  exhausted = 0;
  readonly events: Emitter<RetryEvents> = new Emitter(retryTap);

  constructor(settings: Settings) {
    this.settings = settings;
  }

  get clock(): Clock {
    return this.settings.clock;
  }

  enter(): undefined {
    return undefined;
  }

  /** The first attempt pays nothing; once it has failed, p-retry owns the loop. */
  leave(_ticket: undefined, ending: Ending, record: CallRecord): Again | undefined {
    if (ending.ok || this.settings.attempts === 1 || record.options?.signal?.aborted === true) {
      return undefined;
    }
    return holdsRefusal(ending.error)
      ? undefined
      : (repetition) => this.#loop(ending.error, repetition, record);
  }

  async #loop(firstError: unknown, repetition: Repetition, record: CallRecord): Promise<unknown> {
    const { settings } = this;
    let last = firstError;
    let made = 1;
    // p-retry retries no TypeError and turns what is no Error into one, so it never sees ours.
    const failed = new Error('an attempt failed');
    const attempt = async (number: number): Promise<unknown> => {
      if (number === 1) throw failed;
      made = number;
      try {
        repetition.signal.throwIfAborted();
        return await repetition.rerun();
      } catch (error) {
        last = error;
        throw failed;
      }
    };
    try {
      return await pRetry(attempt, {
        retries: settings.attempts - 1,
        minTimeout: 0,
        // Not told of the signal: it would put the reason in the place of what the call itself said.
        // Here is the documented place to wait: it is awaited, and its rejection ends the loop.
        shouldRetry: ({ attemptNumber }) =>
          this.#pause(last, attemptNumber, {
            signal: repetition.signal,
            remainingMs: record.remainingMs(),
          }),
      });
    } catch (error) {
      if (error !== failed) throw error;
      if (made === settings.attempts) this.#giveUp(settings);
      throw last;
    }
  }

  /** Waits before a further attempt; false when there is to be none. */
  async #pause(
    error: unknown,
    attempt: number,
    caller: { readonly signal: AbortSignal; readonly remainingMs: number },
  ): Promise<boolean> {
    const { name, backoff, when, clock, random } = this.settings;
    if (caller.signal.aborted) return false;
    if (holdsRefusal(error) || !when(error, attempt)) return false;
    const delayMs = backoffDelay(backoff, attempt, random());
    if (delayMs >= caller.remainingMs) return false;
    this.retries++;
    this.events.emit('retry', { name, attempt, delayMs });
    this.events.flush(undefined);
    await sleep(clock, delayMs, caller.signal);
    return true;
  }

  #giveUp({ name, attempts }: Settings): void {
    this.exhausted++;
    this.events.emit('exhausted', { name, attempts });
    this.events.flush(undefined);
  }
}

/**
 * Tries again what failed, after a growing pause with jitter. Never a refusal, never after the
 * caller's abort, never when the pause would outlast the deadline; rejects with the last error.
 * Throws `TypeError` or `RangeError` for a wrong option.
 */
export const retry = (options: RetryOptions = {}): Policy<RetryOptions, RetryEvents> => {
  const stage = new RetryStage(settingsOf(options));
  return stackPolicy({
    name: stage.settings.name,
    stack: { stages: [stage], clock: stage.clock, nested: undefined },
    events: stage.events,
    update: (change) => {
      const { name, clock, backoff: before } = stage.settings;
      const { backoff, ...merged }: RetryOptions = { ...stage.settings, ...change, name, clock };
      // Looked at before it is merged: a spread takes anything.
      if (backoff !== undefined) backoffOf(backoff);
      stage.settings = settingsOf({ ...merged, backoff: backoff && { ...before, ...backoff } });
    },
    snapshot: () => ({
      name: stage.settings.name,
      attempts: stage.settings.attempts,
      retries: stage.retries,
      exhausted: stage.exhausted,
    }),
    dispose: () => undefined,
  });
};
