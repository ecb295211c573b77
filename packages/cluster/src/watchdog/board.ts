const SLOTS = { beats: 0, debugged: 1, place: 2, drains: 3, drainMs: 4 };
const NO_PLACE = -1;
const MAX_MS = 2 ** 31 - 1;

/** What the main thread tells its watchdog: memory that both see, as the main thread cannot answer when it matters. */
export class Board {
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(memory?: SharedArrayBuffer) {
    this.memory = memory ?? new SharedArrayBuffer(4 * Object.keys(SLOTS).length);
    this.#cells = new Int32Array(this.memory);
    if (memory === undefined) this.#cells[SLOTS.place] = NO_PLACE;
  }

  beat(slot: number | undefined, debugged: boolean): void {
    Atomics.store(this.#cells, SLOTS.place, slot ?? NO_PLACE);
    Atomics.store(this.#cells, SLOTS.debugged, debugged ? 1 : 0);
    Atomics.add(this.#cells, SLOTS.beats, 1);
  }

  drain(withinMs: number): void {
    Atomics.store(this.#cells, SLOTS.drainMs, Math.min(Math.max(withinMs, 0), MAX_MS));
    Atomics.add(this.#cells, SLOTS.drains, 1);
  }

  /** Another number after each beat. */
  get beats(): number {
    return Atomics.load(this.#cells, SLOTS.beats);
  }

  get debugged(): boolean {
    return Atomics.load(this.#cells, SLOTS.debugged) === 1;
  }

  get slot(): number | undefined {
    const place = Atomics.load(this.#cells, SLOTS.place);
    return place === NO_PLACE ? undefined : place;
  }

  /** Another number after each call of `drain`, and what the last one said. */
  get lastDrain(): { readonly calls: number; readonly withinMs: number } {
    return {
      calls: Atomics.load(this.#cells, SLOTS.drains),
      withinMs: Atomics.load(this.#cells, SLOTS.drainMs),
    };
  }
}
