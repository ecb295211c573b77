import { settingsOf, type Settings } from '../../rate-limit/settings.ts';
import {
  assertOptions,
  given,
  nameOf,
  numberIn,
  oneOf,
  outOfRange,
  wrongType,
} from '../../options/validate.ts';
import { storeOf } from '../store-option.ts';
import type { Store } from '../store.ts';
import type { LeasingOptions, OnStoreLoss, SharedRateLimitOptions } from './types.ts';

/** How units are taken in advance, defaults filled in. */
export interface Leasing {
  readonly aheadMs: number;
  /** The most units that are taken in advance. */
  readonly maxUnits: number;
  readonly keepMs: number;
}

/** Options of `sharedRateLimit`, checked; numbers, key and cost as core checks them. */
export interface SharedSettings extends Pick<Settings, 'numbers' | 'name' | 'maxKeys' | 'clock'> {
  readonly store: Store;
  readonly tenant: string;
  readonly cost: number;
  readonly onStoreLoss: OnStoreLoss;
  /** Undefined where nothing is taken in advance. */
  readonly leasing: Leasing | undefined;
  readonly deadlineMs: number;
}

const NUMBERS = ['rate', 'burst', 'quota', 'windowMs'];
const OWN = ['store', 'tenant', 'onStoreLoss', 'leasing', 'deadlineMs'];
const KNOWN = ['name', ...NUMBERS, 'cost', 'maxKeys', 'clock', ...OWN];

/** Of less than this a process that takes in advance would leave too little to the others. */
const LEAST_LEASED = 10;
/** The share of a burst that one process may take in advance. */
const SHARE_OF_BURST = 10;

/** Core takes a function for the cost of calls; here there are no calls. */
const assertFixed = (cost: unknown): void => {
  if (typeof cost === 'function') throw wrongType('cost', cost, 'a whole number');
};

const leasingOf = (
  leasing: boolean | LeasingOptions | undefined,
  numbers: Settings['numbers'],
): Leasing | undefined => {
  if (leasing === undefined || leasing === false) return undefined;
  const options = leasing === true ? {} : leasing;
  assertOptions('leasing', options, ['aheadMs', 'maxUnits', 'keepMs']);
  if ('quota' in numbers) throw outOfRange('leasing', leasing, 'nothing beside "quota"');
  const { aheadMs, maxUnits, keepMs } = options;
  const most = numberIn('leasing.maxUnits', given(maxUnits, 50), { whole: true, min: 1, max: 1e6 });
  const checked = {
    aheadMs: numberIn('leasing.aheadMs', given(aheadMs, 50), { min: 1, max: 1_000 }),
    maxUnits: Math.min(most, Math.floor(numbers.burst / SHARE_OF_BURST)),
    keepMs: numberIn('leasing.keepMs', given(keepMs, 100), { min: 1, max: 10_000 }),
  };
  return numbers.rate < LEAST_LEASED || numbers.burst < LEAST_LEASED ? undefined : checked;
};

/** Throws `TypeError` or `RangeError` for a wrong option. */
export const sharedSettings = (options: SharedRateLimitOptions): SharedSettings => {
  assertOptions('sharedRateLimit', options, KNOWN);
  const { store, tenant, onStoreLoss, leasing, deadlineMs, ...ofCore } = options;
  assertFixed(ofCore.cost);
  const { numbers, name, maxKeys, clock } = settingsOf({
    ...ofCore,
    name: given(ofCore.name, 'shared-rate-limit'),
    maxKeys: given(ofCore.maxKeys, 10_000),
  });
  return {
    numbers,
    name,
    maxKeys,
    clock,
    store: storeOf(store, ['take', 'count', 'lease', 'release']),
    tenant: nameOf('tenant', given(tenant, 'default')),
    cost: given(ofCore.cost, 1),
    onStoreLoss: oneOf('onStoreLoss', given(onStoreLoss, 'local'), ['local', 'allow', 'deny']),
    leasing: leasingOf(leasing, numbers),
    deadlineMs: numberIn('deadlineMs', given(deadlineMs, 50), { above: 0, max: 60_000 }),
  };
};
