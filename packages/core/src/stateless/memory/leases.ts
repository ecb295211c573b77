import type { Lease, Leased } from '../store.ts';
import type { Perishable, Table } from './table.ts';

interface Holder {
  readonly leaseMs: number;
  endsAt: number;
}

/** Who holds a key. It ends with the last of its leases, and not before the clock has passed its fence. */
export interface LeaseEntry extends Perishable {
  /** When a lease was given or renewed last. */
  at: number;
  fence: number;
  readonly holders: Map<string, Holder>;
}

type Claim = Omit<Lease, 'max'>;

const holderOf = ({ leaseMs, id }: Claim): string => `${leaseMs}:${id}`;

/** Microseconds by which what was rounded may be off. */
const ROUNDING = 2;

const dropEnded = ({ holders }: LeaseEntry, now: number): void => {
  for (const [id, { endsAt }] of holders) if (endsAt <= now) holders.delete(id);
};

/** A clock that went back makes no lease longer than it was given for. */
const forgetFuture = (entry: LeaseEntry, now: number): void => {
  if (now >= entry.at) return;
  for (const holder of entry.holders.values()) {
    holder.endsAt = Math.min(holder.endsAt, now + holder.leaseMs);
  }
  entry.at = now;
};

const firstEnd = ({ holders }: LeaseEntry): number => {
  let first = Infinity;
  for (const { endsAt } of holders.values()) first = Math.min(first, endsAt);
  return first;
};

/** Decides who holds what, at most `max` at once. */
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
    forgetFuture(entry, now);
    dropEnded(entry, now);
    const holder = entry.holders.get(holderOf(lease));
    if (holder !== undefined) holder.endsAt = now + lease.leaseMs;
    else if (entry.holders.size < lease.max) this.#grant(entry, lease, now);
    else return refused(entry, now);
    entry.at = now;
    entry.endsAt = this.#endOf(entry);
    return {
      held: true,
      fence: entry.fence.toFixed(0),
      renewed: holder !== undefined,
      holders: entry.holders.size,
    };
  }

  /** Answers whether there was anything to give back. */
  release(key: string, claim: Claim): boolean {
    const entry = this.#table.get(key);
    if (entry === undefined || !entry.holders.delete(holderOf(claim))) return false;
    entry.endsAt = this.#endOf(entry);
    return true;
  }

  #added(key: string, now: number): LeaseEntry {
    const entry = { at: now, fence: 0, holders: new Map<string, Holder>(), endsAt: now };
    this.#table.add(key, entry, now);
    return entry;
  }

  /** In microseconds of the clock, so that a fence that was forgotten is passed all the same. */
  #grant(entry: LeaseEntry, lease: Lease, now: number): void {
    entry.holders.set(holderOf(lease), { leaseMs: lease.leaseMs, endsAt: now + lease.leaseMs });
    entry.fence = Math.max(entry.fence + 1, Math.floor((now + this.#fenceOffset) * 1_000));
  }

  #endOf({ fence, holders }: LeaseEntry): number {
    let end = (fence + ROUNDING) / 1_000 - this.#fenceOffset;
    for (const { endsAt } of holders.values()) end = Math.max(end, endsAt);
    return end;
  }
}

const refused = (entry: LeaseEntry, now: number): Leased => ({
  held: false,
  retryMs: Math.ceil(firstEnd(entry) - now),
  holders: entry.holders.size,
});
