import { clockOf, randomOf } from '../../options/time-and-chance.ts';
import { given, nameOf, numberIn } from '../../options/validate.ts';
import type { Clock, Random } from '../../runtime/clock.ts';
import { key, type Key } from '../key.ts';
import { storeOf } from '../store-option.ts';
import type { Store } from '../store.ts';
import type { LockOptions } from './types.ts';

/** Options, checked. */
export interface LeaseSettings {
  readonly store: Store;
  readonly name: string;
  readonly max: number;
  readonly leaseMs: number;
  /** How long a lease is relied on from the moment it was asked for. */
  readonly reliedOnMs: number;
  readonly deadlineMs: number;
  readonly maxWaiting: number;
  readonly clock: Clock;
  readonly random: Random;
  keyOf(userKey: string | undefined): Key;
}

export const LOCK_OPTIONS: readonly string[] = [
  'store',
  'name',
  'tenant',
  'leaseMs',
  'deadlineMs',
  'maxWaiting',
  'clock',
  'random',
];

/** Shorter ones could not be renewed three times between two ticks of a busy process. */
const LEAST_MS = 10;
/** So long a store remembers the fence. */
const DAY_MS = 86_400_000;

/** A hundredth for clocks that run at different speeds, and 2 ms for timers, as Redlock has it. */
const marginMs = (leaseMs: number): number => leaseMs / 100 + 2;

/** Throws `TypeError` or `RangeError` for a wrong option. */
export const leaseSettings = (kind: string, options: LockOptions, max: number): LeaseSettings => {
  const name = nameOf('name', options.name);
  const tenant = nameOf('tenant', given(options.tenant, 'default'));
  const range = { whole: true, min: LEAST_MS, max: DAY_MS };
  const leaseMs = numberIn('leaseMs', given(options.leaseMs, 10_000), range);
  const third = leaseMs / 3;
  const deadlineMs = given(options.deadlineMs, Math.min(50, third));
  const whole = key(kind, tenant, name);
  return {
    store: storeOf(options.store, ['lease', 'release', 'watch']),
    name,
    max,
    leaseMs,
    reliedOnMs: leaseMs - marginMs(leaseMs),
    deadlineMs: numberIn('deadlineMs', deadlineMs, { above: 0, max: third }),
    maxWaiting: numberIn('maxWaiting', given(options.maxWaiting, 1_000), { whole: true, min: 1 }),
    clock: clockOf(options.clock),
    random: randomOf(options.random),
    keyOf: (userKey) => (userKey === undefined ? whole : key(kind, tenant, name, userKey)),
  };
};
