import { key, type Key } from '../key.ts';
import { isStoreError } from '../store-error.ts';
import { Records, type Content, type Found, type Stored } from './records.ts';
import {
  ENDED,
  sessionFormat,
  type AliasMeta,
  type LiveMeta,
  type SessionMeta,
} from './session-format.ts';
import type { SessionSettings } from './settings.ts';
import type { RecordLife } from './types.ts';

/** A session where it stands now. */
export interface LivePlace {
  readonly id: string;
  readonly stored: Stored<LiveMeta>;
}

/** Where an id leads to. */
export type Trail =
  /** `passedLogin`: through an id from before a log-in, whose bearer must not read it. */
  | ({ readonly end: 'live'; readonly passedLogin: boolean } & LivePlace)
  | { readonly end: 'frozen'; readonly id: string; readonly alias: Content<AliasMeta> }
  /** Something stands there that is none of ours, or is sealed for others. */
  | { readonly end: 'unreadable'; readonly id: string };

/**
 * Who follows an id. `arrive`: a request that comes with it. `stay`: one under way, up to a log-in. `pass`: one under
 * way that reads nothing there.
 */
export type Way = 'arrive' | 'stay' | 'pass';

/** More than there are log-ins and rotations within the grace of one. */
const MOST_HOPS = 16;

/** Whether what is left of an alias is for requests under way alone. */
const isOver = ({ lateMs }: AliasMeta, ttlMs: number, way: Way): boolean =>
  way === 'arrive' && ttlMs <= lateMs;

const stopsAt = ({ login }: AliasMeta, way: Way): boolean => login && way !== 'pass';

/** The records of sessions. */
export class SessionFile {
  readonly #settings: SessionSettings;
  readonly #records: Records<SessionMeta>;

  constructor(settings: SessionSettings) {
    const { store, ring, encrypt, deadlineMs } = settings;
    this.#settings = settings;
    this.#records = new Records(store, sessionFormat(ring, encrypt), deadlineMs);
  }

  read(id: string, signal?: AbortSignal): Promise<Found<SessionMeta> | undefined> {
    return this.#records.read(this.#keyOf(id), signal);
  }

  /** Creates a session, or writes over the version that is known. */
  async write(
    { id, stored }: { readonly id: string; readonly stored: Stored<LiveMeta> | undefined },
    content: Content<LiveMeta>,
    absoluteMs?: number,
  ): Promise<Stored<LiveMeta> | 'conflict' | 'gone'> {
    const life = { ttlMs: this.#settings.idleMs, absoluteMs };
    const written = await this.#records.write(this.#keyOf(id), stored?.version, content, life);
    return typeof written === 'string' ? written : { ...written, meta: content.meta };
  }

  /**
   * Has it live on for the idle time; `conflict` where another came first. Over the version that is known, as what
   * has ended or leads elsewhere must not be prolonged.
   */
  prolong({ id, stored }: LivePlace): Promise<Stored<LiveMeta> | 'conflict' | 'gone'> {
    return this.write({ id, stored }, stored);
  }

  /** Follows an id to the session it leads to, or to what stops it on the way; undefined where nothing lives. */
  async follow(
    id: string,
    way: Way,
    known?: Found<SessionMeta>,
    signal?: AbortSignal,
  ): Promise<Trail | undefined> {
    let [at, passedLogin] = [id, false];
    let found = known ?? (await this.read(at, signal));
    for (let hop = 0; hop < MOST_HOPS && found !== undefined; hop++) {
      if (found.content === undefined) return { end: 'unreadable', id: at };
      const { meta, json } = found.content;
      if (meta.kind === 'live')
        return { end: 'live', passedLogin, id: at, stored: { ...found, meta, json } };
      if (meta.kind === 'ended' || isOver(meta, found.ttlMs, way)) return undefined;
      if (stopsAt(meta, way)) return { end: 'frozen', id: at, alias: { meta, json } };
      passedLogin ||= meta.login;
      at = meta.to;
      found = await this.read(at, signal);
    }
    return undefined;
  }

  /**
   * Has an old id lead to a new one for a while; with a log-in it shows what it held until then. Where the store does
   * not say whether that was done, it is asked once.
   */
  async lead(place: LivePlace, to: string, login: boolean): Promise<'ok' | 'conflict' | 'gone'> {
    const { graceMs } = this.#settings;
    const { meta: old, json } = place.stored;
    const lateMs = this.#lateMs(old);
    const meta: AliasMeta = { kind: 'alias', lateMs, to, login, tag: old.tag, epoch: old.epoch };
    const content = { meta, json: login ? json : '{}' };
    try {
      return await this.#replace(place, content, { ttlMs: Math.max(1, graceMs + lateMs) });
    } catch (error) {
      if (await this.#leads(place.id, to, error)) return 'ok';
      throw error;
    }
  }

  /** Ends a session, unless another came first: a removal would not tell. A late save of it is `gone`. */
  close(place: LivePlace): Promise<'ok' | 'conflict' | 'gone'> {
    const { tombstoneMs } = this.#settings;
    return this.#replace(place, { meta: ENDED, json: '{}' }, { ttlMs: tombstoneMs });
  }

  /** Removes a record, whatever it is. Behind `guarded` it is tried on where the store is lost. */
  async remove(id: string): Promise<void> {
    const { store, tombstoneMs, deadlineMs } = this.#settings;
    await store.remove(this.#keyOf(id), { tombstoneMs }, { deadlineMs });
  }

  /**
   * Requests under way may be slower than the grace, and a log-out of theirs has to find the new id. The absolute end
   * is that of an alias, too.
   */
  #lateMs({ createdAt }: LiveMeta): number {
    const { graceMs, tombstoneMs, absoluteMs, clock } = this.#settings;
    const leftMs = createdAt + absoluteMs - clock.wallNow();
    return Math.max(0, Math.min(tombstoneMs, leftMs - graceMs));
  }

  async #leads(id: string, to: string, failed: unknown): Promise<boolean> {
    if (!isStoreError(failed) || failed.failure !== 'unknown') return false;
    const found = await this.read(id).catch(() => undefined);
    const meta = found?.content?.meta;
    return meta?.kind === 'alias' && meta.to === to;
  }

  async #replace(
    { id, stored }: LivePlace,
    content: Content<SessionMeta>,
    life: RecordLife,
  ): Promise<'ok' | 'conflict' | 'gone'> {
    const written = await this.#records.write(this.#keyOf(id), stored.version, content, life);
    return typeof written === 'string' ? written : 'ok';
  }

  #keyOf(id: string): Key {
    const { tenant, name } = this.#settings;
    return key('session', tenant, name, id);
  }
}
