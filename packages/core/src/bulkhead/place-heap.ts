import type { Place } from './place.ts';

type End = 'fromFirst' | 'fromLast';

/** Higher priority before lower, older before newer. No two are equal. */
const isServedBefore = (one: Place<unknown>, other: Place<unknown>): boolean =>
  one.priority === other.priority ? one.arrival < other.arrival : one.priority > other.priority;

/** A binary heap of places by one end of their order; each knows its index, so any may leave. */
export class PlaceHeap<P extends Place<P>> {
  readonly #end: End;
  readonly #heap: P[] = [];

  constructor(end: End) {
    this.#end = end;
  }

  get size(): number {
    return this.#heap.length;
  }

  get top(): P | undefined {
    return this.#heap[0];
  }

  add(place: P): void {
    this.#heap.push(place);
    this.#rise(this.#heap.length - 1, place);
  }

  remove(place: P): void {
    const at = place[this.#end];
    const last = this.#heap.pop();
    if (last === undefined || last === place) return;
    this.#rise(at, last);
    this.#sink(last[this.#end], last);
  }

  #comesBefore(one: P, other: P): boolean {
    return this.#end === 'fromFirst' ? isServedBefore(one, other) : isServedBefore(other, one);
  }

  #rise(from: number, place: P): void {
    let at = from;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = this.#heap[up];
      if (parent === undefined || this.#comesBefore(parent, place)) break;
      this.#put(at, parent);
      at = up;
    }
    this.#put(at, place);
  }

  #sink(from: number, place: P): void {
    let at = from;
    for (;;) {
      const child = this.#firstChild(at);
      if (child === undefined || this.#comesBefore(place, child)) break;
      const down = child[this.#end];
      this.#put(at, child);
      at = down;
    }
    this.#put(at, place);
  }

  #firstChild(at: number): P | undefined {
    const left = this.#heap[2 * at + 1];
    const right = this.#heap[2 * at + 2];
    return left !== undefined && right !== undefined && this.#comesBefore(right, left)
      ? right
      : left;
  }

  #put(at: number, place: P): void {
    this.#heap[at] = place;
    place[this.#end] = at;
  }
}
