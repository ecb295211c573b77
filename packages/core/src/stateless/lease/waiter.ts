import type { Clock } from '../../runtime/clock.ts';
import { deadlinesOf, type Deadline } from '../../runtime/deadline-queue.ts';
import type { Hold } from './hold.ts';

/** Others hold it. */
export interface Refusal {
  readonly held: false;
  /** When it may be free, in milliseconds. */
  readonly retryMs: number;
}

/** What was asked for, or not. */
export type Obtained = Hold | Refusal;

/** What is known of somebody as he begins to wait. */
export interface Wait {
  /** When it has waited long enough, in monotonic milliseconds. */
  readonly until: number;
  readonly signal: AbortSignal | undefined;
}

/** Where it waits. */
interface Line {
  readonly clock: Clock;
  leave(waiter: Waiter): void;
  overdue(waiter: Waiter): void;
}

/** The two ends of a promise. */
interface Ends {
  readonly resolve: (obtained: Obtained) => void;
  readonly reject: (reason: unknown) => void;
}

/** One who waits for a lease; itself the deadline of the wait and the listener on its signal. */
export class Waiter implements Deadline, EventListenerObject {
  readonly due: number;
  readonly keepsAlive = true;
  position = -1;
  readonly #line: Line;
  readonly #signal: AbortSignal | undefined;
  readonly #ends: Ends;
  #waits = true;

  constructor(line: Line, { until, signal }: Wait, ends: Ends) {
    this.due = until;
    this.#line = line;
    this.#signal = signal;
    this.#ends = ends;
    signal?.addEventListener('abort', this, { once: true });
    if (until < Infinity) deadlinesOf(line.clock).add(this);
  }

  settle(obtained: Obtained): void {
    if (this.#leave()) this.#ends.resolve(obtained);
  }

  fail(error: unknown): void {
    if (this.#leave()) this.#ends.reject(error);
  }

  fire(): void {
    this.#line.overdue(this);
  }

  handleEvent(): void {
    this.fail(this.#signal?.reason);
  }

  #leave(): boolean {
    if (!this.#waits) return false;
    this.#waits = false;
    this.#signal?.removeEventListener('abort', this);
    const queue = deadlinesOf(this.#line.clock);
    queue.remove(this);
    queue.tidy();
    this.#line.leave(this);
    return true;
  }
}
