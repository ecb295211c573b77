import type { Clock } from '../runtime/clock.ts';
import { deadlinesOf, type DeadlineQueue } from '../runtime/deadline-queue.ts';
import type { QueueOrder } from './options.ts';
import type { Waiter } from './waiter.ts';
import { waitingLine, type WaitingLine } from './waiting-line.ts';

/** Waiters in line, each with a deadline and with a listener on its signal as long as it waits. */
export class WaitingRoom {
  readonly #deadlines: DeadlineQueue;
  #order: QueueOrder;
  #line: WaitingLine<Waiter>;

  constructor(order: QueueOrder, clock: Clock) {
    this.#order = order;
    this.#line = waitingLine(order);
    this.#deadlines = deadlinesOf(clock);
  }

  get size(): number {
    return this.#line.size;
  }

  /** Whether a newcomer may wait where `places` is the number of places. */
  hasPlaceFor(priority: number, places: number): boolean {
    return this.#line.size < places || this.#line.rivalOf(priority) !== undefined;
  }

  join(waiter: Waiter): void {
    // First what a strange signal may throw at: one who was rejected must not stand in line.
    waiter.signal?.addEventListener('abort', waiter, { once: true });
    this.#deadlines.add(waiter);
    this.#line.add(waiter);
  }

  leave(waiter: Waiter): void {
    waiter.waits = false;
    this.#line.remove(waiter);
    this.#deadlines.remove(waiter);
    waiter.signal?.removeEventListener('abort', waiter);
  }

  /** The next to be served, out of the room. */
  takeFirst(): Waiter | undefined {
    return this.#take(this.#line.first);
  }

  /** The next to go, out of the room. */
  takeLast(): Waiter | undefined {
    return this.#take(this.#line.last);
  }

  /** Puts those who wait in another order, as if it had been there when they came. */
  reorder(order: QueueOrder): void {
    if (order === this.#order) return;
    const waiters: Waiter[] = [];
    for (let { first } = this.#line; first !== undefined; { first } = this.#line) {
      this.#line.remove(first);
      waiters.push(first);
    }
    this.#order = order;
    this.#line = waitingLine(order);
    for (const waiter of waiters.sort((one, other) => one.arrival - other.arrival)) {
      this.#line.add(waiter);
    }
  }

  /** Cancels the timer of the process when nothing needs it. */
  tidy(): void {
    this.#deadlines.tidy();
  }

  #take(waiter: Waiter | undefined): Waiter | undefined {
    if (waiter !== undefined) this.leave(waiter);
    return waiter;
  }
}
