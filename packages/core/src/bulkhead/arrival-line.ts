import type { Place } from './place.ts';

/** A line in the order of arrival, served from either end: a list of which any may leave in O(1). */
export class ArrivalLine<P extends Place<P>> {
  readonly #newestFirst: boolean;
  #oldest: P | undefined = undefined;
  #newest: P | undefined = undefined;
  size = 0;

  constructor(order: 'fifo' | 'lifo') {
    this.#newestFirst = order === 'lifo';
  }

  get first(): P | undefined {
    return this.#newestFirst ? this.#newest : this.#oldest;
  }

  get last(): P | undefined {
    return this.#newestFirst ? this.#oldest : this.#newest;
  }

  /** Whoever comes last in turn goes: under `fifo` that is each newcomer. */
  rivalOf(): P | undefined {
    return this.#newestFirst ? this.#oldest : undefined;
  }

  add(place: P): void {
    place.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = place;
    else this.#newest.newer = place;
    this.#newest = place;
    this.size++;
  }

  remove(place: P): void {
    const { older, newer } = place;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    place.older = undefined;
    place.newer = undefined;
    this.size--;
  }
}
