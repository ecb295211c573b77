import { storeChannel } from '../../events/channels.ts';
import { assertOptions, given, nameOf, numberIn } from '../../options/validate.ts';
import { jsonRecords } from '../../stateless/session/json-records.ts';
import type { JsonRecords, JsonRecordsOptions } from '../../stateless/session/types.ts';
import type { Store } from '../../stateless/store.ts';

/** Options of a store for other session middleware. */
export interface SessionStoreOptions extends Omit<JsonRecordsOptions, 'store' | 'onConflict'> {
  /** Default `default`. */
  readonly tenant?: string | undefined;
  /** How long a session lives that nobody uses, where its cookie does not say so. Default 24 hours. */
  readonly idleMs?: number | undefined;
  /** From its creation on, no session lives longer. Default: no such end. */
  readonly absoluteMs?: number | undefined;
  /** How long a late save is told that its session has ended: longer than any request. Default 60,000. */
  readonly tombstoneMs?: number | undefined;
}

/** What a store for other session middleware works with. */
export interface SessionStoreSettings {
  readonly kind: string;
  readonly tenant: string;
  readonly name: string;
  readonly deadlineMs: number;
  readonly idleMs: number;
  readonly absoluteMs: number | undefined;
  readonly tombstoneMs: number;
  readonly records: JsonRecords;
}

const KNOWN = [
  ...['name', 'tenant', 'deadlineMs', 'strict', 'maxBytes', 'maxDepth'],
  ...['idleMs', 'absoluteMs', 'tombstoneMs', 'clock', 'random'],
];

const DAY_MS = 86_400_000;

const optional = (option: string, value: number | undefined): number | undefined =>
  value === undefined ? undefined : numberIn(option, value, { above: 0 });

/** Checks the options, and fills in what they leave out. */
export const settingsOf = (
  kind: string,
  store: Store,
  options: SessionStoreOptions,
): SessionStoreSettings => {
  assertOptions(kind, options, KNOWN);
  const { tenant, idleMs, absoluteMs, tombstoneMs, ...own } = options;
  const name = nameOf('name', given(own.name, kind));
  const onConflict = (parts: number): void =>
    storeChannel.publish({ type: 'session-conflict', name, parts });
  return {
    kind,
    tenant: nameOf('tenant', given(tenant, 'default')),
    name,
    deadlineMs: numberIn('deadlineMs', given(own.deadlineMs, 50), { above: 0 }),
    idleMs: numberIn('idleMs', given(idleMs, DAY_MS), { above: 0 }),
    absoluteMs: optional('absoluteMs', absoluteMs),
    tombstoneMs: numberIn('tombstoneMs', given(tombstoneMs, 60_000), { min: 0 }),
    records: jsonRecords({ ...own, name, store, onConflict }),
  };
};
