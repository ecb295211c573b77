import { faultOfCall } from '../../options/run-options.ts';
import { assertOptions, given, nameOf, numberIn } from '../../options/validate.ts';
import { MOST_MS } from '../../rate-limit/resolution.ts';
import { key, type Key } from '../key.ts';
import { isStoreError } from '../store-error.ts';
import type { Store } from '../store.ts';
import { newLeaseId } from './lease-id.ts';
import { storeOf } from '../store-option.ts';

/** Options of `once`. */
export interface OnceOptions {
  /** Who remembers which slots are taken. */
  readonly store: Store;
  /** What is done once; stands in keys. The same name in another process is the same work. */
  readonly name: string;
  /** Whose it is. Default `default`. */
  readonly tenant?: string | undefined;
  /**
   * How long a slot stays taken: longer than the clocks of two processes can be apart, and than any
   * process can come late for it. Default 86,400,000, a day.
   */
  readonly keepMs?: number | undefined;
  /** How long one operation of the store may take. Default 50. */
  readonly deadlineMs?: number | undefined;
}

/** Whether the work was this process's to do. */
export type Ran<T> = { readonly ran: true; readonly value: T } | { readonly ran: false };

/** Work that is done at most once for each slot, by whatever process comes first. Made by `once`. */
export interface Once {
  readonly name: string;
  /**
   * Does the work if nobody has taken the slot. Rejects with what the work fails with, and the slot stays
   * taken; and with a `StoreError` where it cannot be known whose the slot is: then nobody may have it.
   */
  run<T>(slot: string, work: () => T | PromiseLike<T>): Promise<Ran<T>>;
}

interface Settings {
  readonly store: Store;
  readonly keepMs: number;
  readonly deadlineMs: number;
}

const KNOWN = ['store', 'name', 'tenant', 'keepMs', 'deadlineMs'];
/** A failure that leaves open whether the slot was taken is asked about once more. */
const TRIES = 2;

const settingsOf = (options: OnceOptions): Settings => ({
  store: storeOf(options.store, ['write', 'read']),
  keepMs: numberIn('keepMs', given(options.keepMs, 86_400_000), { above: 0, max: MOST_MS }),
  deadlineMs: numberIn('deadlineMs', given(options.deadlineMs, 50), { above: 0, max: MOST_MS }),
});

/** Whether the slot is taken by who wrote `mark`. */
const isMine = async (
  { store, deadlineMs }: Settings,
  slot: Key,
  mark: Uint8Array,
): Promise<boolean> => {
  const found = await store.read(slot, { deadlineMs });
  return found !== undefined && Buffer.compare(found.data, mark) === 0;
};

/** Takes a slot. After an answer that was lost, what stands there says who has it. */
const taken = async (settings: Settings, slot: Key): Promise<boolean> => {
  const { store, keepMs, deadlineMs } = settings;
  const mark = Buffer.from(newLeaseId());
  const write = { mode: 'create', data: mark, ttlMs: keepMs } as const;
  for (let tries = 1; ; tries++) {
    try {
      const written = await store.write(slot, write, { deadlineMs });
      return written.ok || (tries > 1 && (await isMine(settings, slot, mark)));
    } catch (error) {
      const open = isStoreError(error) && error.failure === 'unknown';
      if (!open || tries === TRIES) throw error;
    }
  }
};

/**
 * Work that all who use the store do once a slot between them: a cron job of a fleet, where the slot is the
 * minute it was due (`2026-07-01T03:00`). At most once: a run that crashes or throws is not repeated, and its
 * slot stays taken for `keepMs`. A store that loses what it confirmed (a failover) may have it
 * done twice. Throws `TypeError` or `RangeError` for a wrong option.
 */
export const once = (options: OnceOptions): Once => {
  assertOptions('once', options, KNOWN);
  const name = nameOf('name', options.name);
  const tenant = nameOf('tenant', given(options.tenant, 'default'));
  const settings = settingsOf(options);
  const run = async <T>(slot: string, work: () => T | PromiseLike<T>): Promise<Ran<T>> => {
    const fault = faultOfCall(work);
    if (fault !== undefined) throw fault;
    if (!(await taken(settings, key('once', tenant, name, nameOf('slot', slot)))))
      return { ran: false };
    return { ran: true, value: await work() };
  };
  return { name, run };
};
