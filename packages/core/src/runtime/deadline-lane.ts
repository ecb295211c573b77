import type { Deadline, DeadlineQueue } from './deadline-queue.ts';

/** A deadline that may stand in a lane. The lane owns `next` and `previous`; start them undefined. */
export interface LaneDeadline extends Deadline {
  next: LaneDeadline | undefined;
  previous: LaneDeadline | undefined;
}

/**
 * Deadlines that come in the order of their times, as those of one constant limit do: a list, of which
 * the queue sees one entry. So adding and removing cost the same however many there are, where a
 * heap has to move others each time. One that comes out of order goes to the queue itself.
 */
export class DeadlineLane implements Deadline {
  /** No later than the first one's; the first may have been removed since. */
  due = 0;
  position = -1;
  readonly keepsAlive = false;
  readonly #queue: DeadlineQueue;
  #first: LaneDeadline | undefined = undefined;
  #last: LaneDeadline | undefined = undefined;

  constructor(queue: DeadlineQueue) {
    this.#queue = queue;
  }

  add(deadline: LaneDeadline): void {
    const last = this.#last;
    if (last !== undefined && deadline.due < last.due) return this.#queue.add(deadline);
    this.#last = deadline;
    if (last === undefined) this.#first = deadline;
    else {
      last.next = deadline;
      deadline.previous = last;
    }
    if (deadline.keepsAlive) this.#queue.hold();
    // Still queued where the lane has become empty, for a time that may be later.
    if (this.position < 0 || deadline.due < this.due) this.#enter(deadline.due);
  }

  /** Removes a deadline that was added; does nothing otherwise. */
  remove(deadline: LaneDeadline): void {
    if (deadline.position >= 0) this.#queue.remove(deadline);
    else if (deadline === this.#first || deadline.previous !== undefined) this.#unlink(deadline);
  }

  fire(lateMs: number): void {
    const first = this.#first;
    if (first === undefined) return;
    // The one that the lane was queued for has been removed.
    if (first.due > this.due) return this.#enter(first.due);
    this.#unlink(first);
    // One at a time, so that those of other lanes have their turn in between.
    if (this.#first !== undefined) this.#enter(this.#first.due);
    first.fire(lateMs);
  }

  /** Leaves the queue when there is nothing to wait for. */
  tidy(): void {
    if (this.#first === undefined) this.#queue.remove(this);
  }

  #enter(due: number): void {
    this.#queue.remove(this);
    this.due = due;
    this.#queue.add(this);
  }

  #unlink(deadline: LaneDeadline): void {
    const { next, previous } = deadline;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    deadline.next = undefined;
    deadline.previous = undefined;
    if (deadline.keepsAlive) this.#queue.release();
  }
}
