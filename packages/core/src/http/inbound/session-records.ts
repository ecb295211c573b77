import { storeChannel } from '../../events/channels.ts';
import { given } from '../../options/validate.ts';
import { key, type Key } from '../../stateless/key.ts';
import type { JsonObject, LoadedRecord, SavedRecord } from '../../stateless/session/types.ts';
import type { Store } from '../../stateless/store.ts';
import {
  settingsOf,
  type SessionStoreOptions,
  type SessionStoreSettings,
} from './session-store-options.ts';

/** So much of its life a record may lack, or have too much: it is not written with each request. */
const LEEWAY = 0.1;

/** No record comes so far: the next save has to read what is there. */
const STALE = Number.MAX_SAFE_INTEGER;

/** What one request knows of its session. */
interface Known {
  readonly id: string;
  record: LoadedRecord | undefined;
  /** Its saves, one after the other: each has to know what the one before has written. */
  saves: Promise<void>;
}

const knownOf = (id: string, record?: LoadedRecord): Known => ({
  id,
  record,
  saves: Promise.resolve(),
});

/** What its request knows of a record it has saved. */
const writtenOf = (saved: SavedRecord): LoadedRecord =>
  saved.base === saved.mine
    ? saved
    : // It does not know what others added, and would take that away.
      { ...saved, version: STALE, base: saved.mine };

/**
 * The sessions of another middleware, in a store. What was read for a request is remembered with an object of
 * that request (its owner), so that its save is written over what it has read, and over nothing else.
 */
export class SessionRecords {
  readonly #store: Store;
  readonly #settings: SessionStoreSettings;
  readonly #known = new WeakMap<object, Known>();

  /** `kind` names the middleware. Throws `TypeError` or `RangeError` for a wrong option. */
  constructor(kind: string, store: Store, options: SessionStoreOptions = {}) {
    this.#settings = settingsOf(kind, store, options);
    this.#store = store;
  }

  /** Undefined where there is none. Rejects with `StoreError`. */
  async load(id: string): Promise<LoadedRecord | undefined> {
    return this.#settings.records.load(this.#keyOf(id));
  }

  /** Remembers what an owner has read. */
  remember(owner: object, id: string, record: LoadedRecord): void {
    this.#known.set(owner, knownOf(id, record));
  }

  /** What an owner has read, or written. */
  recordOf(owner: object, id: string): LoadedRecord | undefined {
    const known = this.#known.get(owner);
    return known?.id === id ? known.record : undefined;
  }

  /**
   * Writes a session over what its owner has read, or creates it. What others changed meanwhile is kept. A
   * session that has ended stays ended: the change is dropped. Rejects as `JsonRecords.save`.
   */
  save(owner: object, id: string, data: JsonObject, ttlMs?: number): Promise<void> {
    const known = this.#ownedBy(owner, id);
    const save = (): Promise<void> => this.#saveNext(known, data, ttlMs);
    known.saves = known.saves.then(save, save);
    return known.saves;
  }

  /** Has it live on for so long, or no longer than that. What fails is not told: the request has done all that it had to. */
  async touch(id: string, record: LoadedRecord | undefined, ttlMs?: number): Promise<void> {
    const { deadlineMs, idleMs } = this.#settings;
    const lifeMs = given(ttlMs, idleMs);
    if (record !== undefined && Math.abs(record.ttlMs - lifeMs) < lifeMs * LEEWAY) return;
    await this.#store.touch(this.#keyOf(id), lifeMs, { deadlineMs }).catch(() => undefined);
  }

  /** Ends it; a late save does not bring it back. Rejects with `StoreError`. */
  async remove(id: string): Promise<void> {
    const { deadlineMs, tombstoneMs } = this.#settings;
    await this.#store.remove(this.#keyOf(id), { tombstoneMs }, { deadlineMs });
  }

  #keyOf(id: string): Key {
    const { kind, tenant, name } = this.#settings;
    return key(kind, tenant, name, id);
  }

  #ownedBy(owner: object, id: string): Known {
    const known = this.#known.get(owner);
    if (known?.id === id) return known;
    const fresh = knownOf(id);
    this.#known.set(owner, fresh);
    return fresh;
  }

  async #saveNext(known: Known, data: JsonObject, ttlMs?: number): Promise<void> {
    const { records, name, idleMs, absoluteMs } = this.#settings;
    const { id, record } = known;
    const life = { ttlMs: given(ttlMs, idleMs), absoluteMs };
    const saved = await records.save(this.#keyOf(id), record, data, life);
    if (saved === 'unchanged') await this.touch(id, record, ttlMs);
    else if (saved === 'gone') storeChannel.publish({ type: 'session-gone', name });
    else known.record = writtenOf(saved);
  }
}
