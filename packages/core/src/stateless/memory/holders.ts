import type { Lease } from '../store.ts';

type Claim = Omit<Lease, 'max'>;

/** Of all of them is the end looked for. */
const MOST_LENGTHS = 16;

/** The leases of one length by their holders. Who takes or renews one comes last, so they stand in order of their end. */
type Row = Map<string, number>;

/**
 * Who holds a lease until when: a row for each length of lease that is in use, which is one in most cases, and 16 at
 * the most. So the first end is known without a search, however many holders there are.
 */
export class Holders {
  readonly #rows = new Map<number, Row>();
  #size = 0;
  #lastEndsAt = -Infinity;

  get size(): number {
    return this.#size;
  }

  get firstEndsAt(): number {
    let first = Infinity;
    for (const row of this.#rows.values()) {
      const [endsAt = Infinity] = row.values();
      first = Math.min(first, endsAt);
    }
    return first;
  }

  /** No lease ends later; where the last one was given back that may be later than all of them end. */
  get lastEndsAt(): number {
    return this.#size === 0 ? -Infinity : this.#lastEndsAt;
  }

  has({ leaseMs, id }: Claim): boolean {
    return this.#rows.get(leaseMs)?.has(id) === true;
  }

  /** Whether one of this length can be given. */
  takes({ leaseMs }: Claim): boolean {
    return this.#rows.size < MOST_LENGTHS || this.#rows.has(leaseMs);
  }

  /** Gives a lease from now on, or renews it. */
  put(claim: Claim, now: number): void {
    this.remove(claim);
    const { leaseMs, id } = claim;
    const endsAt = now + leaseMs;
    this.#lastEndsAt = Math.max(this.lastEndsAt, endsAt);
    const row: Row = this.#rows.get(leaseMs) ?? new Map();
    this.#rows.set(leaseMs, row.set(id, endsAt));
    this.#size++;
  }

  /** Answers whether it was held. */
  remove({ leaseMs, id }: Claim): boolean {
    const row = this.#rows.get(leaseMs);
    if (row?.delete(id) !== true) return false;
    this.#size--;
    if (row.size === 0) this.#rows.delete(leaseMs);
    return true;
  }

  dropEnded(now: number): void {
    for (const [leaseMs, row] of this.#rows) {
      for (const [id, endsAt] of row) {
        if (endsAt > now) break;
        this.remove({ leaseMs, id });
      }
    }
  }

  /** After a clock went back no lease is longer than it was given for. */
  forgetFuture(now: number): void {
    this.#lastEndsAt = -Infinity;
    for (const [leaseMs, row] of this.#rows) {
      for (const [id, endsAt] of row) {
        const atMost = Math.min(endsAt, now + leaseMs);
        row.set(id, atMost);
        this.#lastEndsAt = Math.max(this.#lastEndsAt, atMost);
      }
    }
  }
}
