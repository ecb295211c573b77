import type { Key } from '../key.ts';
import { StoreError } from '../store-error.ts';
import type { Leased } from '../store.ts';
import type { LeaseSettings } from './settings.ts';

/**
 * Becomes one of the holders, or renews that. An answer that says neither leaves open what was decided, as
 * one does that is lost.
 */
export const askLease = async (
  { store, max, leaseMs, deadlineMs }: LeaseSettings,
  storeKey: Key,
  id: string,
): Promise<Leased> => {
  const lease = { max, leaseMs, id };
  const leased: Leased | undefined = await store.lease(storeKey, lease, { deadlineMs });
  if (leased?.held || leased?.retryMs >= 0) return leased;
  throw new StoreError(store.name, 'unknown');
};

/** Gives a lease back. Resolves when that is done or has failed: then the lease ends by itself. */
export const giveBack = async (
  { store, leaseMs, deadlineMs }: LeaseSettings,
  storeKey: Key,
  id: string,
): Promise<void> => {
  try {
    await store.release(storeKey, { leaseMs, id }, { deadlineMs });
  } catch {
    // Nobody can do anything about it.
  }
};
