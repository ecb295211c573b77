import type { Random } from '@holdfast/core';
import { backoffDelay, type Backoff } from '@holdfast/core/adapter';

export interface RestartTerms {
  readonly backoff: Backoff;
  /** A worker that was ready for so long counts as sound. */
  readonly stableAfterMs: number;
  readonly random: Random;
}

/**
 * How long one slot waits before its next worker. The first failure costs nothing, so that a single crash is mended at
 * once; each further one in a row waits by the backoff.
 */
export class RestartPolicy {
  readonly #terms: RestartTerms;
  /** Undefined while the slot's worker is not ready. */
  #readyAt: number | undefined;
  #failures = 0;
  #delayMs = 0;

  constructor(terms: RestartTerms) {
    this.#terms = terms;
  }

  /** Failures in a row, as of the last call. */
  get failures(): number {
    return this.#failures;
  }

  /** The slot's worker has become ready; said once for each worker, also for one that takes the place of a sound one. */
  ready(now: number): void {
    this.#forgive(now);
    this.#readyAt = now;
  }

  /** The slot's worker has failed, whether it was ready or not. Returns the delay before the next. */
  failed(now: number): number {
    this.#forgive(now);
    this.#readyAt = undefined;
    this.#failures++;
    this.#delayMs = this.#nextDelay();
    return this.#delayMs;
  }

  #forgive(now: number): void {
    if (this.#readyAt === undefined || now - this.#readyAt < this.#terms.stableAfterMs) return;
    this.#failures = 0;
  }

  #nextDelay(): number {
    const { backoff, random } = this.#terms;
    if (this.#failures === 1) return 0;
    return backoffDelay(backoff, this.#failures - 1, this.#delayMs, random());
  }
}
