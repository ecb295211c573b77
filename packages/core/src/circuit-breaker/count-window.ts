import { FAILURE, SLOW, SUCCESS, type Outcome, type WindowCounts } from './window.ts';

/** The last `size` outcomes: a ring of one byte each, O(1) per call. */
export class CountWindow implements WindowCounts {
  total = 0;
  failures = 0;
  slow = 0;
  readonly size: number;
  readonly #ring: Uint8Array;
  #next = 0;

  constructor(size: number) {
    this.size = size;
    this.#ring = new Uint8Array(size);
  }

  record(outcome: Outcome): void {
    const ring = this.#ring;
    const at = this.#next;
    if (this.total === this.size) this.#forget(ring[at]);
    else this.total++;
    ring[at] = outcome;
    this.#next = at + 1 === this.size ? 0 : at + 1;
    if (outcome === FAILURE) this.failures++;
    else if (outcome === SLOW) this.slow++;
  }

  /** What `record(outcome)` would leave. */
  preview(outcome: Outcome): WindowCounts {
    const full = this.total === this.size;
    const oldest = full ? this.#ring[this.#next] : SUCCESS;
    return {
      total: full ? this.total : this.total + 1,
      failures: this.failures + Number(outcome === FAILURE) - Number(oldest === FAILURE),
      slow: this.slow + Number(outcome === SLOW) - Number(oldest === SLOW),
    };
  }

  clear(): void {
    this.total = 0;
    this.failures = 0;
    this.slow = 0;
    this.#next = 0;
  }

  /** Oldest first. */
  *outcomes(): Generator<Outcome> {
    for (let i = 0; i < this.total; i++) {
      const code = this.#ring[(this.#next - this.total + i + this.size) % this.size];
      yield code === FAILURE ? FAILURE : code === SLOW ? SLOW : SUCCESS;
    }
  }

  #forget(outcome: number | undefined): void {
    if (outcome === FAILURE) this.failures--;
    else if (outcome === SLOW) this.slow--;
  }
}
