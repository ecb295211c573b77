import type { StoreError } from '../store-error.ts';
import { jsonOf, parseObject } from './json.ts';
import type { House } from './house.ts';
import { adopt } from './merge.ts';
import { newId } from './move.ts';
import type { LiveMeta } from './session-format.ts';
import type { Place } from './session-target.ts';
import type { SessionData, SessionEvents, SessionState } from './types.ts';

/** What a session begins with. */
export interface Start {
  readonly state: SessionState;
  readonly json?: string;
  readonly user?: string | undefined;
  readonly at?: Place;
  /** The id in the request's cookie. */
  readonly cookieId?: string;
  /** An old id from before a log-in, and the one it leads to. */
  readonly alias?: { readonly id: string; readonly to: string };
  /** An id under which something stands that cannot be read here. */
  readonly unreadable?: string;
  readonly lost?: StoreError;
  /** Whether the request had a cookie of the name. */
  readonly hadCookie?: boolean;
}

const NOTHING = '{}';

/** Where the session of one request stands. */
export class Standing {
  readonly house: House;
  readonly data: SessionData;
  readonly start: Start;
  state: SessionState;
  user: string | undefined;
  at: Place | undefined;
  /** The JSON that `data` was the same as when it was last read or written. */
  base: string;
  /** What the answer is to say of the cookie. */
  tells: 'set' | 'clear' | undefined;
  /** Whether no cookie can be sent any more. */
  sealed = false;
  /** The id of the cookie that names it, under which a copy may be kept. */
  #cookieId: string | undefined;
  readonly #createdAt: number;
  #knownAt: number;
  /** When the step that is under way began. */
  #begunAt: number;

  constructor(house: House, start: Start) {
    const { clock } = house.settings;
    this.house = house;
    this.start = start;
    this.state = start.state;
    this.user = start.user;
    this.at = start.at;
    this.base = start.json ?? NOTHING;
    this.data = parseObject(this.base) ?? Object.create(null);
    this.#createdAt = start.at?.stored?.meta.createdAt ?? clock.wallNow();
    this.#knownAt = clock.now();
    this.#begunAt = this.#knownAt;
    this.#cookieId = start.cookieId;
  }

  begin(): void {
    this.#begunAt = this.house.settings.clock.now();
  }

  /** What `data` is now; throws for what is not JSON. */
  json(): string {
    return jsonOf(this.data, this.house.settings.rules.limits);
  }

  /** What a record of nobody's says, before the first write. */
  get meta(): LiveMeta {
    return this.at?.stored?.meta ?? { kind: 'live', epoch: 0, createdAt: this.#createdAt };
  }

  /** How long until the absolute end. */
  get leftMs(): number {
    const { absoluteMs, clock } = this.house.settings;
    // Another machine's clock may have been ahead.
    return Math.min(absoluteMs, this.meta.createdAt + absoluteMs - clock.wallNow());
  }

  /** Whether less than half of the idle time is left, and a touch would add to it. */
  get touchDue(): boolean {
    const { idleMs, clock } = this.house.settings;
    if (this.state !== 'loaded' || this.at?.stored === undefined) return false;
    const ttlMs = this.at.stored.ttlMs - (clock.now() - this.#knownAt);
    return ttlMs < Math.min(idleMs, this.leftMs) / 2;
  }

  /** Why a change cannot be kept. */
  get shut(): SessionEvents['gone']['reason'] | undefined {
    if (this.state === 'new' || this.state === 'loaded') return undefined;
    if (this.state === 'ended') return 'ended';
    return this.start.lost === undefined ? 'read-only' : 'store-lost';
  }

  /** Where it is to be written; a new one is given its id, which the client then has to be told. */
  settle(): Place {
    if (this.at === undefined) {
      const id = newId();
      this.rename(id);
      this.at = { id, stored: undefined };
    }
    return this.at;
  }

  /** It stands there now, with `json`; `data` was `mine` when that was written. */
  arrive(at: Place, json: string, mine: string): void {
    if (json !== mine) adopt(this.data, mine, json);
    this.at = at;
    this.base = json;
    this.state = 'loaded';
    this.#knownAt = this.house.settings.clock.now();
    this.#copy();
  }

  /** It has another id from now on, which the client has to be told. */
  rename(id: string): void {
    this.forget();
    this.#cookieId = id;
    this.tells = 'set';
  }

  /** It is no more, wherever that was decided. */
  end(): void {
    this.forget();
    this.state = 'ended';
    this.user = undefined;
    this.at = undefined;
    if (this.tells === 'set') this.tells = undefined;
  }

  /** Drops a change, and says so once for each. */
  drop(mine: string, reason: SessionEvents['gone']['reason']): void {
    this.base = mine;
    this.house.tell('gone', { name: this.house.settings.name, reason });
  }

  /** Keeps no copy, also none that others read until now. */
  forget(): void {
    for (const id of [this.#cookieId, this.at?.id])
      if (id !== undefined) this.house.copies?.forget(id);
  }

  /** Throws where the client could not be told of another id. */
  readonly assertOpen = (): void => {
    const { name } = this.house.settings;
    if (this.sealed)
      throw new Error(
        `session "${name}" gets no new id: the head of its response is out, so that its client would never learn it. Nothing was changed.`,
      );
  };

  /** Under the id of the record alone: an old cookie that leads to it is to end with its grace. */
  #copy(): void {
    const id = this.#cookieId;
    if (id === undefined || id !== this.at?.id) return;
    const { user, tag } = this.meta;
    this.house.copies?.put(id, { tag, user, json: this.base }, this.#begunAt);
  }
}
