/** A timer that has neither run nor been cancelled. The line owns `place`. */
export interface Scheduled {
  readonly callback: () => void;
  readonly due: number;
  readonly order: number;
  place: number;
}

const isBefore = (one: Scheduled, other: Scheduled): boolean =>
  one.due < other.due || (one.due === other.due && one.order < other.order);

/**
 * Timers in the order in which they fall due; those due together, in the order they were set. A
 * binary heap: a simulation has thousands.
 */
export class TimerLine {
  readonly #heap: Scheduled[] = [];
  #order = 0;

  get length(): number {
    return this.#heap.length;
  }

  get first(): Scheduled | undefined {
    return this.#heap[0];
  }

  add(callback: () => void, due: number): Scheduled {
    const scheduled = { callback, due, order: this.#order++, place: this.#heap.length };
    this.#rise(scheduled);
    return scheduled;
  }

  /** Takes a timer out; does nothing for one that has gone. */
  remove(scheduled: Scheduled): void {
    const { place } = scheduled;
    if (place < 0) return;
    scheduled.place = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === scheduled) return;
    last.place = place;
    this.#rise(last);
    this.#sink(last);
  }

  /** Moves a timer up from its place, past all that fall due after it. */
  #rise(scheduled: Scheduled): void {
    for (let { place } = scheduled; ; place = scheduled.place) {
      const parent = place === 0 ? undefined : this.#heap[(place - 1) >> 1];
      if (parent === undefined || isBefore(parent, scheduled)) break;
      scheduled.place = parent.place;
      this.#put(parent, place);
    }
    this.#put(scheduled, scheduled.place);
  }

  #sink(scheduled: Scheduled): void {
    for (let { place } = scheduled; ; place = scheduled.place) {
      const left = this.#heap[2 * place + 1];
      const right = this.#heap[2 * place + 2];
      const child =
        left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || isBefore(scheduled, child)) break;
      scheduled.place = child.place;
      this.#put(child, place);
    }
    this.#put(scheduled, scheduled.place);
  }

  #put(scheduled: Scheduled, place: number): void {
    this.#heap[place] = scheduled;
    scheduled.place = place;
  }
}
