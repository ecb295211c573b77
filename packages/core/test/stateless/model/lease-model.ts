import type { Lease, Leased } from '../../../src/stateless/store.ts';

interface Holder {
  readonly id: string;
  readonly leaseMs: number;
  readonly endsAt: number;
}

interface Held {
  holders: readonly Holder[];
  at: number;
  fence: number;
}

const isOf =
  ({ id, leaseMs }: Omit<Lease, 'max'>) =>
  (holder: Holder): boolean =>
    holder.id === id && holder.leaseMs === leaseMs;

/** Leases, told from the description. */
export class LeaseModel {
  readonly #keys = new Map<string, Held>();

  lease(key: string, lease: Lease, now: number): Leased {
    const held = this.#heldAt(key, now);
    const others = held.holders.filter((holder) => !isOf(lease)(holder));
    const renewed = others.length < held.holders.length;
    if (!renewed && held.holders.length >= lease.max) {
      const ends = held.holders.map(({ endsAt }) => endsAt);
      const retryMs = Math.ceil(Math.min(...ends) - now);
      return { held: false, retryMs, holders: ends.length };
    }
    if (!renewed) held.fence = Math.max(held.fence + 1, Math.floor(now * 1_000));
    held.holders = [...others, { ...lease, endsAt: now + lease.leaseMs }];
    held.at = now;
    return { held: true, fence: `${held.fence}`, renewed, holders: held.holders.length };
  }

  release(key: string, lease: Omit<Lease, 'max'>): void {
    const held = this.#keys.get(key);
    if (held !== undefined) held.holders = held.holders.filter((each) => !isOf(lease)(each));
  }

  #heldAt(key: string, now: number): Held {
    const held = this.#keys.get(key) ?? { holders: [], at: now, fence: 0 };
    this.#keys.set(key, held);
    if (now < held.at) {
      held.at = now;
      held.holders = held.holders.map((holder) => ({
        ...holder,
        endsAt: Math.min(holder.endsAt, now + holder.leaseMs),
      }));
    }
    held.holders = held.holders.filter(({ endsAt }) => endsAt > now);
    return held;
  }
}
