import { clockOf } from '../../options/time-and-chance.ts';
import {
  assertOptions,
  booleanOf,
  given,
  nameOf,
  numberIn,
  oneOf,
  outOfRange,
} from '../../options/validate.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Store } from '../store.ts';
import { cookieSettingsOf, type CookieSettings } from './cookie-settings.ts';
import { keyRingOf, type KeyRing } from './key-ring.ts';
import { LONGEST_MS, recordSettings, type RecordSettings } from './record-settings.ts';
import { storeOf } from '../store-option.ts';
import type { SessionsOptions } from './types.ts';

/** Options of `sessions`, checked. */
export interface SessionSettings extends RecordSettings {
  readonly name: string;
  readonly tenant: string;
  readonly store: Store;
  readonly ring: KeyRing;
  readonly encrypt: boolean;
  readonly cookie: CookieSettings;
  readonly idleMs: number;
  readonly absoluteMs: number;
  readonly graceMs: number;
  readonly tombstoneMs: number;
  readonly onStoreLoss: 'reject' | 'anonymous' | 'read-cache';
  readonly clock: Clock;
}

const KNOWN = [
  ...['store', 'keys', 'name', 'tenant', 'idleMs', 'absoluteMs', 'rotationGraceMs'],
  ...['tombstoneMs', 'maxBytes', 'maxDepth', 'strict', 'encrypt', 'onStoreLoss', 'cookie'],
  ...['deadlineMs', 'clock', 'random'],
];

const DAY_MS = 86_400_000;
const HALF_HOUR_MS = 1_800_000;

const lifeOf = ({
  idleMs,
  absoluteMs = DAY_MS,
}: SessionsOptions): { readonly idleMs: number; readonly absoluteMs: number } => {
  const most = numberIn('absoluteMs', absoluteMs, { min: 1, max: LONGEST_MS });
  const idle = numberIn('idleMs', given(idleMs, Math.min(HALF_HOUR_MS, most)), { min: 1 });
  if (idle > most) throw outOfRange('idleMs', idle, `up to "absoluteMs", which is ${most}`);
  return { idleMs: idle, absoluteMs: most };
};

export const sessionSettings = (options: SessionsOptions): SessionSettings => {
  assertOptions('sessions', options, KNOWN);
  const common = recordSettings(options);
  const { name } = common.rules.limits;
  const tenant = nameOf('tenant', given(options.tenant, 'default'));
  const { rotationGraceMs, tombstoneMs, onStoreLoss } = options;
  return {
    ...common,
    name,
    tenant,
    store: storeOf(options.store, ['read', 'write', 'touch', 'remove']),
    ring: keyRingOf(options.keys, [tenant, name]),
    encrypt: booleanOf('encrypt', given(options.encrypt, false)),
    cookie: cookieSettingsOf(options.cookie),
    ...lifeOf(options),
    graceMs: numberIn('rotationGraceMs', given(rotationGraceMs, 10_000), { min: 0, max: 60_000 }),
    tombstoneMs: numberIn('tombstoneMs', given(tombstoneMs, 60_000), { min: 1, max: LONGEST_MS }),
    onStoreLoss: oneOf('onStoreLoss', given(onStoreLoss, 'reject'), [
      'reject',
      'anonymous',
      'read-cache',
    ]),
    clock: clockOf(options.clock),
  };
};
