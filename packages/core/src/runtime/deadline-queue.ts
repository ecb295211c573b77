import type { Clock, Timer } from './clock.ts';

/** Something that is to happen at a time. The queue owns `position`; start it at -1. */
export interface Deadline {
  /** Monotonic milliseconds. Must not change while queued. */
  readonly due: number;
  position: number;
  /** Whether a caller's promise hangs on it, so that the process must stay alive. */
  readonly keepsAlive: boolean;
  /** Must not throw. */
  fire(lateMs: number): void;
}

/**
 * All deadlines of one clock under one timer: a binary heap whose entries know their place.
 *
 * Adding the latest deadline, which a constant timeout always does, is O(1); removing is O(log n).
 * The timer is left standing when a deadline is removed, so a call that settles in time arms nothing.
 */
export class DeadlineQueue {
  readonly #clock: Clock;
  readonly #heap: Deadline[] = [];
  #timer: Timer | undefined;
  #timerDue = Infinity;
  #holders = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(deadline: Deadline): void {
    const heap = this.#heap;
    deadline.position = heap.length;
    heap.push(deadline);
    if (deadline.position > 0) this.#rise(deadline.position, deadline);
    if (deadline.due < this.#timerDue) this.#arm();
    if (deadline.keepsAlive) this.hold();
  }

  /** Keeps the process alive for one deadline more. */
  hold(): void {
    if (this.#holders++ === 0) this.#timer?.ref();
  }

  release(): void {
    if (--this.#holders === 0) this.#timer?.unref();
  }

  /** Removes a deadline that is queued; does nothing otherwise. */
  remove(deadline: Deadline): void {
    const { position } = deadline;
    if (position < 0) return;
    deadline.position = -1;
    const last = this.#heap.pop();
    if (last !== undefined && last !== deadline) this.#fill(position, last);
    if (deadline.keepsAlive) this.release();
  }

  /** Cancels the timer when nothing waits for it. */
  tidy(): void {
    if (this.#heap.length === 0) this.#disarm();
  }

  #arm(): void {
    this.#disarm();
    const first = this.#heap[0];
    if (first === undefined) return;
    this.#timerDue = first.due;
    // A timer may fire a fraction of a millisecond early; rounding up spares a second one.
    const delayMs = Math.max(0, Math.ceil(first.due - this.#clock.now()));
    this.#timer = this.#clock.setTimer(this.#onTimer, delayMs);
    if (this.#holders === 0) this.#timer.unref();
  }

  #disarm(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#timerDue = Infinity;
  }

  readonly #onTimer = (): void => {
    // Until the end of this turn nobody need arm: the last line does.
    this.#timerDue = -Infinity;
    try {
      const now = this.#clock.now();
      for (let first = this.#heap[0]; first !== undefined && first.due <= now;) {
        this.remove(first);
        first.fire(now - first.due);
        first = this.#heap[0];
      }
    } finally {
      // Even after a throw: one deadline must not stop all others of the process.
      this.#arm();
    }
  };

  /** Puts the last of the heap into a place that has become free. */
  #fill(position: number, last: Deadline): void {
    this.#rise(position, last);
    this.#sink(last.position, last);
  }

  #rise(from: number, deadline: Deadline): void {
    let at = from;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = this.#heap[up];
      if (parent === undefined || parent.due <= deadline.due) break;
      this.#place(at, parent);
      at = up;
    }
    this.#place(at, deadline);
  }

  #sink(from: number, deadline: Deadline): void {
    let at = from;
    for (;;) {
      const left = this.#heap[2 * at + 1];
      const right = this.#heap[2 * at + 2];
      const child =
        right !== undefined && left !== undefined && right.due < left.due ? right : left;
      if (child === undefined || child.due >= deadline.due) break;
      const down = child.position;
      this.#place(at, child);
      at = down;
    }
    this.#place(at, deadline);
  }

  #place(at: number, deadline: Deadline): void {
    this.#heap[at] = deadline;
    deadline.position = at;
  }
}

const queues = new WeakMap<Clock, DeadlineQueue>();

/** The one deadline queue of a clock. */
export const deadlinesOf = (clock: Clock): DeadlineQueue => {
  let queue = queues.get(clock);
  if (queue === undefined) {
    queue = new DeadlineQueue(clock);
    queues.set(clock, queue);
  }
  return queue;
};
