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
/** A store that answers in the last moment would be lost again in the next. */
const IN_GOOD_TIME = 0.9;

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

  /** Rejects unless the store answers in good time for the most patient of its users. */
  async run(traffic: Traffic): Promise<void> {
    try {
      await this.#send(traffic);
    } catch (error) {
      if (!isAnswer(error)) throw error;
    }
  }

  #send(traffic: Traffic): Promise<unknown> {
    const now = this.#clock.now();
    const deadlineMs = Math.min(traffic.patience.longestMs, LONGEST_MS);
    const underWay = this.#unsettled > 0 && now - this.#sentAt < LOST_MS;
    const sent = underWay
      ? undefined
      : traffic.probe({ deadlineMs: deadlineMs * IN_GOOD_TIME }, () => {
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
