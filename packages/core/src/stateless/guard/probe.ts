import type { Clock } from '../../runtime/clock.ts';
import { key } from '../key.ts';
import { isStoreError, StoreError } from '../store-error.ts';
import type { Store } from '../store.ts';
import type { Traffic } from './traffic.ts';

/** Nothing is ever written there. */
const NOTHING = key('guard', 'default', 'probe');

/** One that has no end by then may have been lost with its connection: another may be sent beside it. */
const LOST_MS = 5_000;
const LONGEST_MS = 10_000;

const isAnswer = (error: unknown): boolean => isStoreError(error) && error.failure === 'refused';

/** Asks the store for what is not there, to see whether it answers. */
export class Probe {
  readonly #store: Store;
  readonly #clock: Clock;
  /** Those that the store has not ended. */
  #unsettled = 0;
  #sentAt = -Infinity;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Rejects unless the store answers within half of the time, as an answer after that counts as a failure. */
  async run(traffic: Traffic, deadlineMs: number): Promise<void> {
    const givenMs = Math.min(deadlineMs, LONGEST_MS);
    try {
      await this.#send(traffic, givenMs);
    } catch (error) {
      if (!isAnswer(error)) throw error;
    }
  }

  #send(traffic: Traffic, deadlineMs: number): Promise<unknown> {
    const now = this.#clock.now();
    const underWay = this.#unsettled > 0 && now - this.#sentAt < LOST_MS;
    const sent = underWay
      ? undefined
      : traffic.probe({ deadlineMs: deadlineMs / 2 }, () => {
          this.#unsettled++;
          this.#sentAt = now;
          return this.#read(deadlineMs);
        });
    return sent ?? Promise.reject(new StoreError(this.#store.name, 'not-sent'));
  }

  async #read(deadlineMs: number): Promise<void> {
    try {
      await this.#store.read(NOTHING, { deadlineMs });
    } finally {
      this.#unsettled--;
    }
  }
}
