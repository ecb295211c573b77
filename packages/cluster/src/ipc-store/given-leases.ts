import type { Lease } from '@holdfast/core/stateless';

type Claim = Omit<Lease, 'max'>;

export interface GivenLease {
  readonly key: string;
  readonly claim: Claim;
  readonly endsAt: number;
}

/** Ended ones are forgotten as others come: two for each, so that they never become the most. */
const LOOKS = 2;

const nameOf = (key: string, { leaseMs, id }: Claim): string => `${leaseMs}:${id}:${key}`;

/** The leases that were given to one worker, to be given back when it is gone. */
export class GivenLeases {
  readonly #leases = new Map<string, GivenLease>();

  get size(): number {
    return this.#leases.size;
  }

  put(key: string, claim: Claim, now: number): void {
    this.#lookAround(now);
    this.#leases.set(nameOf(key, claim), { key, claim, endsAt: now + claim.leaseMs });
  }

  remove(key: string, claim: Claim): void {
    this.#leases.delete(nameOf(key, claim));
  }

  /** All of them, and none are left. */
  takeAll(): readonly GivenLease[] {
    const all = [...this.#leases.values()];
    this.#leases.clear();
    return all;
  }

  #lookAround(now: number): void {
    let looks = LOOKS;
    for (const [name, lease] of this.#leases) {
      if (looks-- === 0) return;
      this.#leases.delete(name);
      // To the end, so that all have their turn.
      if (lease.endsAt > now) this.#leases.set(name, lease);
    }
  }
}
