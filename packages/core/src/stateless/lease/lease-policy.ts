import { HoldfastError } from '../../errors.ts';
import { faultOf, faultOfCall } from '../../options/run-options.ts';
import { assertOptions, given, numberIn } from '../../options/validate.ts';
import { MOST_MS } from '../../rate-limit/resolution.ts';
import { Hold } from './hold.ts';
import { Leases, type Wish } from './leases.ts';
import { runHeld, type Work } from './run-held.ts';
import type { LeaseSettings } from './settings.ts';
import type { AcquireOptions, Held, LeasePolicy, LeaseSnapshot } from './types.ts';

const wishOf = (options: AcquireOptions): Wish => {
  assertOptions('options', options, ['key', 'waitMs', 'signal']);
  const { key, signal } = options;
  const fault = faultOf({ signal });
  if (fault !== undefined) throw fault;
  const waitMs = numberIn('waitMs', given(options.waitMs, 0), { min: 0, max: MOST_MS });
  return { key, waitMs, signal };
};

const heldOf = (hold: Hold): Held => {
  const { fence, userKey: key } = hold.grant;
  const release = (): Promise<void> => hold.release();
  return {
    get signal() {
      return hold.signal;
    },
    fence,
    key,
    release,
    [Symbol.asyncDispose]: release,
  };
};

const snapshotOf = (leases: Leases): LeaseSnapshot => {
  const { settings, held, waiting, acquired, refused, losses } = leases;
  return { name: settings.name, held, waiting, acquired, refused, lost: losses };
};

const run = async <T>(leases: Leases, work: Work<T>, options: AcquireOptions): Promise<T> => {
  const fault = faultOfCall(work);
  if (fault !== undefined) throw fault;
  const wish = wishOf(options);
  const obtained = await leases.obtain(wish);
  if (obtained instanceof Hold) return runHeld(obtained, work, wish.signal);
  const { name: policy } = leases.settings;
  const retryAfterMs = obtained.retryMs;
  throw new HoldfastError({ code: 'HF_LEASE_HELD', policy, retryAfterMs });
};

const acquire = async (leases: Leases, options: AcquireOptions): Promise<Held | undefined> => {
  const obtained = await leases.obtain(wishOf(options));
  return obtained instanceof Hold ? heldOf(obtained) : undefined;
};

/** The faces of leases. */
export const leasePolicy = (settings: LeaseSettings): LeasePolicy => {
  const leases = new Leases(settings);
  return {
    name: settings.name,
    run: (work, options = {}) => run(leases, work, options),
    acquire: (options = {}) => acquire(leases, options),
    snapshot: () => snapshotOf(leases),
    on: (event, listener) => leases.events.on(event, listener),
    [Symbol.dispose]: () => leases.dispose(),
  };
};
