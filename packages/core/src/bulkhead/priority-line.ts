import { PlaceHeap } from './place-heap.ts';
import type { Place } from './place.ts';

/**
 * A line in the order of priority, and of arrival within one priority. Two heaps, as both ends are
 * asked for: the one to be served and the one to go.
 */
export class PriorityLine<P extends Place<P>> {
  readonly #toServe = new PlaceHeap<P>('fromFirst');
  readonly #toGo = new PlaceHeap<P>('fromLast');

  get size(): number {
    return this.#toServe.size;
  }

  get first(): P | undefined {
    return this.#toServe.top;
  }

  get last(): P | undefined {
    return this.#toGo.top;
  }

  /** A newcomer is the youngest of its priority, so only a lower one goes before it. */
  rivalOf(priority: number): P | undefined {
    const { last } = this;
    return last !== undefined && last.priority < priority ? last : undefined;
  }

  add(place: P): void {
    this.#toServe.add(place);
    this.#toGo.add(place);
  }

  remove(place: P): void {
    this.#toServe.remove(place);
    this.#toGo.remove(place);
  }
}
