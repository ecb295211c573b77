import type { Refused } from '../pipeline/stage.ts';
import type { Receipt } from './bucket.ts';

/** Who takes a waiter out of its line. */
interface Leaving {
  abandon(waiter: Waiter): void;
}

/** What is known of a call as it begins to wait. */
export interface Wait {
  readonly line: Leaving;
  readonly units: number;
  /** When it has waited long enough, in monotonic milliseconds. */
  readonly until: number;
  /** When its whole operation must be over; `Infinity` without a deadline. */
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
}

/** The two ends of a promise. */
interface Ends {
  readonly resolve: (answer: Receipt | Refused) => void;
  readonly reject: (reason: unknown) => void;
}

/** A call that waits; itself the listener on its signal. */
export class Waiter implements EventListenerObject {
  older: Waiter | undefined = undefined;
  newer: Waiter | undefined = undefined;
  readonly units: number;
  readonly until: number;
  readonly deadline: number;
  readonly #line: Leaving;
  readonly #signal: AbortSignal | undefined;
  readonly #ends: Ends;
  #waits = true;

  constructor({ line, units, until, deadline, signal }: Wait, ends: Ends) {
    this.units = units;
    this.until = until;
    this.deadline = deadline;
    this.#line = line;
    this.#signal = signal;
    this.#ends = ends;
    signal?.addEventListener('abort', this, { once: true });
  }

  settle(answer: Receipt | Refused): void {
    this.#waits = false;
    this.#signal?.removeEventListener('abort', this);
    this.#ends.resolve(answer);
  }

  /** A signal that tells of its abort twice, or after it was left, changes nothing. */
  handleEvent(): void {
    if (!this.#waits) return;
    this.#waits = false;
    this.#ends.reject(this.#signal?.reason);
    this.#line.abandon(this);
  }
}
