import { assertOptions } from '../../options/validate.ts';
import { leasePolicy } from './lease-policy.ts';
import { LOCK_OPTIONS, leaseSettings } from './settings.ts';
import type { LeasePolicy, LockOptions } from './types.ts';

/**
 * A lock that all who use the store share, each key by itself: one holder at a time, by the clock of the store.
 * Who crashes holds it for `leaseMs` at most. A holder relies on it from the moment it was asked for, a hundredth
 * and 2 ms less than the store keeps it, and renews it every third of that; where that fails for so
 * long, its signal aborts with `HF_LEASE_LOST` before anybody else is let in.
 *
 * What it does not promise. The work has to heed its signal: nobody can stop what ignores it. A store that
 * loses what it confirmed (a failover), or whose clock jumps forward, may let a second one in while the first goes on
 * until its next renewal. So it is with a holder whose machine was suspended: where the monotonic clock stands still
 * meanwhile, as on Linux, it does not see how long that was. So a lock spares double work; where that must never
 * happen, have what is written to check the `fence` (Kleppmann, "How to do distributed locking", 2016).
 *
 * Throws `TypeError` or `RangeError` for a wrong option.
 */
export const lock = (options: LockOptions): LeasePolicy => {
  assertOptions('lock', options, LOCK_OPTIONS);
  return leasePolicy(leaseSettings('lock', options, 1));
};
