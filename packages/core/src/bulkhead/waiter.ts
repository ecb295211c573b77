import type { Refused } from '../pipeline/stage.ts';
import type { Deadline } from '../runtime/deadline-queue.ts';
import type { Place } from './place.ts';

/** Who is told that a wait is over without a slot. */
export interface WaitKeeper {
  overdue(waiter: Waiter): void;
  abandon(waiter: Waiter): void;
}

/** What is known of a call as it begins to wait. */
export interface Wait {
  readonly keeper: WaitKeeper;
  readonly arrival: number;
  readonly priority: number;
  readonly signal: AbortSignal | undefined;
  /** Monotonic milliseconds. */
  readonly due: number;
  /** How long there was until the call's own deadline, where that is what ends the wait. */
  readonly deadlineMs: number | undefined;
}

/** The two ends of a promise. */
export interface Settle<T> {
  readonly resolve: (answer: T | PromiseLike<T>) => void;
  readonly reject: (reason: unknown) => void;
}

/** A call that waits; itself the deadline of its wait and the listener on its signal. */
export abstract class Waiter implements Place<Waiter>, Deadline, EventListenerObject {
  readonly due: number;
  position = -1;
  readonly arrival: number;
  readonly priority: number;
  older: Waiter | undefined = undefined;
  newer: Waiter | undefined = undefined;
  fromFirst = -1;
  fromLast = -1;
  waits = true;
  readonly deadlineMs: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly #keeper: WaitKeeper;

  constructor(wait: Wait) {
    this.due = wait.due;
    this.arrival = wait.arrival;
    this.priority = wait.priority;
    this.deadlineMs = wait.deadlineMs;
    this.signal = wait.signal;
    this.#keeper = wait.keeper;
  }

  /** There is a slot, and it is this one's. */
  abstract admit(): void;
  abstract refuse(refused: Refused): void;
  /** The wait was given up. */
  abstract reject(reason: unknown): void;

  /** A caller's promise hangs on it. */
  get keepsAlive(): true {
    return true;
  }

  fire(): void {
    this.#keeper.overdue(this);
  }

  /** A signal that tells of its abort twice, or after it was left, changes nothing. */
  handleEvent(): void {
    if (this.waits) this.#keeper.abandon(this);
  }
}

/** Waits for a ticket, which is there from the beginning and is worth something with a slot only. */
export class TicketWaiter<T> extends Waiter {
  readonly #ticket: T;
  readonly #resolve: Settle<T | Refused>['resolve'];
  readonly #reject: Settle<T | Refused>['reject'];

  constructor(wait: Wait, ticket: T, { resolve, reject }: Settle<T | Refused>) {
    super(wait);
    this.#ticket = ticket;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  override admit(): void {
    this.#resolve(this.#ticket);
  }

  override refuse(refused: Refused): void {
    this.#resolve(refused);
  }

  override reject(reason: unknown): void {
    this.#reject(reason);
  }
}
