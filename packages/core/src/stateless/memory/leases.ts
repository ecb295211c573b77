import type { Lease, Leased } from '../store.ts';
import { Holders } from './holders.ts';
import type { Perishable, Table } from './table.ts';

/**
 * Who holds a key. It ends with the last of its leases, and not before the clock has passed its fence; where
 * the last one was given back before others it may stand as long as that one would have lasted.
 */
export interface LeaseEntry extends Perishable {
  /** When a lease was given or renewed last. */
  at: number;
  fence: number;
  readonly holders: Holders;
}

type Claim = Omit<Lease, 'max'>;

/** Microseconds by which what was rounded may be off. */
const ROUNDING = 2;

const forgetFuture = (entry: LeaseEntry, now: number): void => {
  if (now >= entry.at) return;
  entry.holders.forgetFuture(now);
  entry.at = now;
};

/** Decides who holds what, at most `max` at once. The size of an entry is how many hold it. */
export class Leases {
  readonly #table: Table<LeaseEntry>;
  readonly #fenceOffset: number;

  /** `fenceOffset` is what the clock lacks to one that goes on over a restart, in milliseconds. */
  constructor(table: Table<LeaseEntry>, fenceOffset: number) {
    this.#table = table;
    this.#fenceOffset = fenceOffset;
  }

  lease(key: string, lease: Lease, now: number): Leased {
    const entry = this.#table.get(key) ?? this.#added(key, now);
    const { holders } = entry;
    forgetFuture(entry, now);
    holders.dropEnded(now);
    const renewed = holders.has(lease);
    const isNew = !renewed && holders.size < lease.max;
    if (isNew && !holders.takes(lease)) throw this.#table.refusal();
    this.#table.resize(entry, holders.size + (isNew ? 1 : 0), now);
    if (!isNew && !renewed) return refused(holders, now);
    holders.put(lease, now);
    if (!renewed) entry.fence = this.#fenceAfter(entry.fence, now);
    entry.at = now;
    entry.endsAt = this.#endOf(entry);
    return {
      held: true,
      fence: entry.fence.toFixed(0),
      renewed,
      holders: holders.size,
    };
  }

  /** Answers whether there was anything to give back. */
  release(key: string, claim: Claim): boolean {
    const entry = this.#table.get(key);
    if (entry?.holders.remove(claim) !== true) return false;
    this.#table.resize(entry, entry.holders.size, entry.at);
    entry.endsAt = this.#endOf(entry);
    return true;
  }

  #added(key: string, now: number): LeaseEntry {
    const entry = { at: now, fence: 0, holders: new Holders(), endsAt: now, size: 1 };
    this.#table.add(key, entry, now);
    return entry;
  }

  /** In microseconds of the clock, so that a fence that was forgotten is passed all the same. */
  #fenceAfter(fence: number, now: number): number {
    return Math.max(fence + 1, Math.floor((now + this.#fenceOffset) * 1_000));
  }

  #endOf({ fence, holders }: LeaseEntry): number {
    return Math.max((fence + ROUNDING) / 1_000 - this.#fenceOffset, holders.lastEndsAt);
  }
}

const refused = (holders: Holders, now: number): Leased => ({
  held: false,
  retryMs: Math.ceil(holders.firstEndsAt - now),
  holders: holders.size,
});
