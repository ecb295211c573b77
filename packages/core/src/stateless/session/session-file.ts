import { key, type Key } from '../key.ts';
import { Records, type Content, type Found, type Stored } from './records.ts';
import { TRIES } from './pauses.ts';
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
  | { readonly end: 'frozen'; readonly id: string; readonly alias: Content<AliasMeta> };

/**
 * Who follows an id. `arrive`: a request that comes with it. `stay`: one under way, up to a log-in. `pass`: one under
 * way that reads nothing there.
 */
export type Way = 'arrive' | 'stay' | 'pass';

/** More than there are log-ins and rotations within the grace of one. */
const MOST_HOPS = 16;

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

  async touch(id: string): Promise<'ok' | 'gone'> {
    const { store, idleMs, deadlineMs } = this.#settings;
    return store.touch(this.#keyOf(id), idleMs, { deadlineMs });
  }

  /** Follows an id to the session it leads to, or to what stops it on the way. */
  async follow(
    id: string,
    way: Way,
    known?: Found<SessionMeta>,
    signal?: AbortSignal,
  ): Promise<Trail | undefined> {
    let [at, passedLogin] = [id, false];
    let found = known ?? (await this.read(at, signal));
    for (let hop = 0; hop < MOST_HOPS && found?.content !== undefined; hop++) {
      const { meta, json } = found.content;
      if (meta.kind === 'live')
        return { end: 'live', passedLogin, id: at, stored: { ...found, meta, json } };
      if (meta.kind === 'ended' || this.#isOver(meta, way)) return undefined;
      if (stopsAt(meta, way)) return { end: 'frozen', id: at, alias: { meta, json } };
      passedLogin ||= meta.login;
      at = meta.to;
      found = await this.read(at, signal);
    }
    return undefined;
  }

  /** Has an old id lead to a new one for a while; with a log-in it shows what it held until then. */
  lead({ id, stored }: LivePlace, to: string, login: boolean): Promise<'ok' | 'conflict' | 'gone'> {
    const { graceMs, tombstoneMs, clock } = this.#settings;
    const { tag, epoch } = stored.meta;
    const until = clock.wallNow() + graceMs;
    const meta: AliasMeta = { kind: 'alias', until, to, login, tag, epoch };
    // Requests under way may be slower than the grace, and a log-out of theirs has to find the new id.
    const ttlMs = graceMs + tombstoneMs;
    return this.#replace({ id, stored }, { meta, json: login ? stored.json : '{}' }, { ttlMs });
  }

  /**
   * Ends a session, wherever a log-in or a rotation has taken it meanwhile. Only over a version that was seen:
   * a removal would not tell that another had made it an alias, and it would live on under its new id.
   */
  async end(from: {
    readonly id: string;
    readonly stored: Stored<LiveMeta> | undefined;
  }): Promise<void> {
    let at = from;
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const { stored } = at;
      if (stored !== undefined && (await this.#endAt({ id: at.id, stored })) !== 'conflict') return;
      if (stored !== undefined) await this.#settings.rules.pauses.after(attempt);
      const trail = await this.follow(at.id, 'pass');
      if (trail?.end !== 'live') return;
      at = trail;
    }
    await this.remove(at.id);
  }

  /** Removes a record, whatever it is. Behind `guarded` it is tried on where the store is lost. */
  async remove(id: string): Promise<void> {
    const { store, tombstoneMs, deadlineMs } = this.#settings;
    await store.remove(this.#keyOf(id), { tombstoneMs }, { deadlineMs });
  }

  #isOver({ until }: AliasMeta, way: Way): boolean {
    return way === 'arrive' && this.#settings.clock.wallNow() >= until;
  }

  #endAt(place: LivePlace): Promise<'ok' | 'conflict' | 'gone'> {
    const { tombstoneMs } = this.#settings;
    return this.#replace(place, { meta: ENDED, json: '{}' }, { ttlMs: tombstoneMs });
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
