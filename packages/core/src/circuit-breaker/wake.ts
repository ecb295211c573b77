import type { Clock } from '../runtime/clock.ts';
import { deadlinesOf, type Deadline } from '../runtime/deadline-queue.ts';

/** The one deadline of a breaker: when time alone changes something that somebody waits for. */
export class Wake implements Deadline {
  due: number = Infinity;
  position = -1;
  keepsAlive = false;
  readonly #clock: Clock;
  readonly #onDue: () => void;

  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Moves the deadline; `Infinity` takes it away and leaves no timer behind. */
  set(due: number, keepsAlive: boolean): void {
    if (due === this.due && keepsAlive === this.keepsAlive) return;
    const queue = deadlinesOf(this.#clock);
    queue.remove(this);
    this.due = due;
    this.keepsAlive = keepsAlive;
    if (due === Infinity) queue.tidy();
    else queue.add(this);
  }

  fire(): void {
    this.due = Infinity;
    this.#onDue();
  }
}
