import { FAILURE, SLOW, type Outcome, type WindowCounts } from './window.ts';

/** Counts of one slice and where it lies in time. */
export interface Slice extends WindowCounts {
  /** The middle of the slice in monotonic milliseconds: safe against rounding at its borders. */
  readonly middleMs: number;
}

/** Each slice keeps total, failures, slow. */
const FIELDS = 3;
const LARGEST_COUNT = 4_294_967_295;

/**
 * The outcomes of the last `spanMs`, counted in slices: a ring in one typed array, O(1) per call
 * and independent of the number of calls.
 *
 * Slices are aligned to multiples of `spanMs / slices`. An outcome counts for at least
 * `spanMs − spanMs / slices` and at most `spanMs`.
 */
export class TimeWindow implements WindowCounts {
  total = 0;
  failures = 0;
  slow = 0;
  readonly slices: number;
  readonly #sliceMs: number;
  readonly #ring: Uint32Array;
  #slice = 0;
  /** When the current slice ends: a comparison is cheaper than a division for each call. */
  #endsAt: number;
  #offset = 0;

  constructor(spanMs: number, slices: number) {
    this.slices = slices;
    this.#sliceMs = spanMs / slices;
    this.#endsAt = this.#sliceMs;
    this.#ring = new Uint32Array(slices * FIELDS);
  }

  record(outcome: Outcome, now: number): void {
    this.advance(now);
    this.#add(this.#offset, outcome);
  }

  /** Forgets the slices that `now` has left behind. */
  advance(now: number): void {
    if (now < this.#endsAt) return;
    const slice = Math.floor(now / this.#sliceMs);
    if (slice > this.#slice) this.#moveTo(slice);
  }

  /** The counts as of `now`, without changing anything. */
  countsAt(now: number): WindowCounts {
    let total = 0;
    let failures = 0;
    let slow = 0;
    for (const slice of this.#liveSlices(now)) {
      total += slice.total;
      failures += slice.failures;
      slow += slice.slow;
    }
    return { total, failures, slow };
  }

  /** What `record(outcome, now)` would leave. */
  preview(outcome: Outcome, now: number): WindowCounts {
    const { total, failures, slow } = this.countsAt(now);
    return {
      total: total + 1,
      failures: failures + Number(outcome === FAILURE),
      slow: slow + Number(outcome === SLOW),
    };
  }

  clear(): void {
    this.total = 0;
    this.failures = 0;
    this.slow = 0;
    this.#ring.fill(0);
  }

  /** The slices that hold something as of `now`. */
  contents(now: number): Slice[] {
    return this.#liveSlices(now).filter(({ total }) => total > 0);
  }

  /** Puts counts where their moment belongs, if it is still inside the window as of `now`. */
  restore(slice: Slice, now: number): void {
    this.advance(now);
    // The middle of a slice that is not over yet lies ahead: it belongs to the present one.
    const back = Math.max(0, this.#slice - Math.floor(slice.middleMs / this.#sliceMs));
    if (back >= this.slices) return;
    const at = this.#offsetOf(back);
    this.total += this.#raise(at, slice.total);
    this.failures += this.#raise(at + 1, slice.failures);
    this.slow += this.#raise(at + 2, slice.slow);
  }

  #liveSlices(now: number): Slice[] {
    const expired = Math.max(0, Math.floor(now / this.#sliceMs) - this.#slice);
    const live: Slice[] = [];
    for (let back = 0; back < this.slices - expired; back++) {
      const at = this.#offsetOf(back);
      live.push({
        middleMs: (this.#slice - back + 0.5) * this.#sliceMs,
        total: this.#ring[at] ?? 0,
        failures: this.#ring[at + 1] ?? 0,
        slow: this.#ring[at + 2] ?? 0,
      });
    }
    return live;
  }

  #offsetOf(back: number): number {
    const length = this.#ring.length;
    return (this.#offset - back * FIELDS + length) % length;
  }

  #moveTo(slice: number): void {
    const steps = Math.min(slice - this.#slice, this.slices);
    this.#slice = slice;
    this.#endsAt = (slice + 1) * this.#sliceMs;
    for (let i = 0; i < steps; i++) {
      this.#offset += FIELDS;
      if (this.#offset === this.#ring.length) this.#offset = 0;
      this.#forget(this.#offset);
    }
  }

  #forget(at: number): void {
    const ring = this.#ring;
    this.total -= ring[at] ?? 0;
    this.failures -= ring[at + 1] ?? 0;
    this.slow -= ring[at + 2] ?? 0;
    ring.fill(0, at, at + FIELDS);
  }

  #add(at: number, outcome: Outcome): void {
    this.#bump(at, 1);
    this.total++;
    if (outcome === FAILURE) {
      this.#bump(at + 1, 1);
      this.failures++;
    } else if (outcome === SLOW) {
      this.#bump(at + 2, 1);
      this.slow++;
    }
  }

  /** Adds what still fits and returns it: what a slice cannot hold could never be taken off again. */
  #raise(at: number, by: number): number {
    const before = this.#ring[at] ?? 0;
    const after = Math.min(LARGEST_COUNT, before + by);
    this.#ring[at] = after;
    return after - before;
  }

  #bump(at: number, by: number): void {
    this.#ring[at] = (this.#ring[at] ?? 0) + by;
  }
}
