import type { Clock, Random } from '../../runtime/clock.ts';
import type { Key } from '../key.ts';
import type { Store } from '../store.ts';

/** What a session holds: JSON. Extend it by declaration merging to have names and types of your own. */
export interface SessionData {
  [name: string]: unknown;
}

/** One key of the ring that signs cookies, and seals records where `encrypt` is set. */
export interface SessionKey {
  /** Stands in each cookie: 1 to 8 letters or digits, and no other key of the ring has it. */
  readonly id: string;
  /** At least 32 bytes. */
  readonly secret: string | Uint8Array;
}

/** The cookie of a session. It is always `HttpOnly`. */
export interface SessionCookieOptions {
  /**
   * Default `__Host-session` where the rest allows that prefix (secure, path `/`, no domain), so that no
   * sibling domain can set one; else `session`.
   */
  readonly name?: string | undefined;
  /** Default `/`. */
  readonly path?: string | undefined;
  /** Default: the host alone. */
  readonly domain?: string | undefined;
  /** Default true. */
  readonly secure?: boolean | undefined;
  /** Default `lax`. `none` needs `secure`. */
  readonly sameSite?: 'strict' | 'lax' | 'none' | undefined;
  /** Whether the browser keeps it when it is closed, up to the absolute end. Default false. */
  readonly persistent?: boolean | undefined;
  /** Whether each embedding site has its own (CHIPS); needs `secure`. Default false. */
  readonly partitioned?: boolean | undefined;
}

/** What sessions and JSON records have in common. */
export interface RecordOptions {
  /** Stands in errors, events and keys of the store. Default `session`. */
  readonly name?: string | undefined;
  /** How long each operation of the store may take. Default 50. */
  readonly deadlineMs?: number | undefined;
  /** Whether a save that changes what another changed meanwhile fails with `HF_SESSION_CONFLICT`. Default false. */
  readonly strict?: boolean | undefined;
  /** The most bytes of JSON that it holds. Default 16,384. */
  readonly maxBytes?: number | undefined;
  /** How deep its objects and arrays may be nested, the whole being 1. Default 16. */
  readonly maxDepth?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** Options of `sessions`; `store` and `keys` are required. */
export interface SessionsOptions extends RecordOptions {
  readonly store: Store;
  /**
   * The first signs, all verify. To change it: add the new one at the end everywhere, then move it to the front,
   * then take the old one away when `absoluteMs` is over. Taken away earlier it ends the sessions that logged in
   * under it.
   */
  readonly keys: readonly SessionKey[];
  /** Default `default`. */
  readonly tenant?: string | undefined;
  /** A session that nobody uses ends after that. Default 30 minutes, or `absoluteMs` where that is less. */
  readonly idleMs?: number | undefined;
  /** From its creation or log-in on, no session lives longer. Default 24 hours. */
  readonly absoluteMs?: number | undefined;
  /** How long the old cookie still works after a new id was made. Default 10,000; at most 60,000. */
  readonly rotationGraceMs?: number | undefined;
  /** How long a late save is told that its session has ended: longer than any request. Default 60,000. */
  readonly tombstoneMs?: number | undefined;
  /**
   * Whether records are sealed (AES-256-GCM) before they reach the store. Default false. As it is set, sessions that
   * stand there unsealed end.
   */
  readonly encrypt?: boolean | undefined;
  /**
   * What `open` does where the store is lost. `reject` (default): rejects with `StoreError`. `anonymous`: an empty
   * session that keeps nothing. `read-cache`: the copy that this process saw in the last 30 s, to read alone;
   * without one it rejects. No cookie is changed unless it logs out.
   */
  readonly onStoreLoss?: 'reject' | 'anonymous' | 'read-cache' | undefined;
  readonly cookie?: SessionCookieOptions | undefined;
}

/** What happened to a session. None of it names the session or its user. */
export interface SessionEvents {
  /** So many top-level names were changed by two requests: the later one holds, or failed where `strict` is set. */
  readonly conflict: { readonly name: string; readonly parts: number };
  /** A change was dropped: the session has ended, can only be read, or stands for one while the store is lost. */
  readonly gone: {
    readonly name: string;
    readonly reason: 'ended' | 'read-only' | 'store-lost';
  };
  /** A session has a new id. */
  readonly rotated: { readonly name: string };
}

/** Sessions of one kind, kept in a store. */
export interface Sessions {
  readonly name: string;
  /**
   * The session that a request's `Cookie` field names; a new one where it names none. A cookie that we did not sign
   * costs no call of the store, and an id that the store does not know is never taken over. One round trip.
   * Rejects with `StoreError` as `onStoreLoss` says, and with the reason of `signal`.
   */
  open(
    cookieHeader: string | undefined,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<Session>;
  /**
   * Ends all sessions of a user: the next `open` of each finds none. Rejects with `StoreError`, is then done or not,
   * and is not tried again in the background: call it again until it resolves.
   */
  revokeAll(user: string): Promise<void>;
  on<Name extends keyof SessionEvents>(
    name: Name,
    listener: (event: SessionEvents[Name]) => void,
  ): Disposable;
}

/**
 * `new`: no record yet. `loaded`: has one. `read-only`: a copy whose changes are dropped. `anonymous`: the store is
 * lost. `ended`: logged out, expired or revoked.
 */
export type SessionState = 'new' | 'loaded' | 'read-only' | 'anonymous' | 'ended';

/** The session of one request. */
export interface Session {
  readonly state: SessionState;
  /** Who logged in; undefined for nobody. */
  readonly user: string | undefined;
  /** Change it freely: it has no prototype, and what is JSON in it is kept by `save`. A `Date` comes back as a text. */
  readonly data: SessionData;
  /**
   * Makes it the session of a user, with a new id and a new absolute end, so that a cookie somebody else planted is
   * worth nothing. What `data` holds is kept. Rejects with `StoreError` and is then as before; but where the store
   * answers nothing, not even whether it was done, the old cookie may have only `rotationGraceMs` left. Then try it
   * again. Rejects with an `Error` and changes nothing once the head of the response is out, as its client
   * would not learn the new id.
   */
  login(user: string): Promise<void>;
  /**
   * Ends it, for requests under way, too. Where the store is lost it rejects with `StoreError`, has ended for
   * this request all the same, and is tried on in the background for up to ten minutes.
   */
  logout(): Promise<void>;
  /** Gives it a new id; the old one works for `rotationGraceMs`, without a new cookie. Rejects as `login`. */
  rotate(): Promise<void>;
  /**
   * Reads it anew, changes that and writes it, until nobody came in between: `change` may run several times, and
   * no update is lost. Rejects with `HF_SESSION_CONFLICT` when it came to nothing after 64 attempts
   * or 2 s. Where the session has ended the change is dropped, and `state` says so.
   */
  update(change: (data: SessionData) => void | PromiseLike<void>): Promise<void>;
  /**
   * Writes what was changed; what others changed meanwhile is kept, name by name at the top level. Rejects with
   * `StoreError`, `HF_SESSION_CONFLICT` as `update`, `HF_SESSION_TOO_LARGE`, or a `TypeError` for what JSON would
   * lose: a `Map`, an `Error`, binary data, an invalid `Date`, undefined in an array. Nothing is written then. A session that has ended stays ended: the change is dropped.
   */
  save(): Promise<void>;
  /** Whether `save` would write, have the session live on, or wait for a log-in, log-out or rotation under way. */
  readonly pending: boolean;
  /** The `Set-Cookie` value to send now; undefined for none. Makes the id of a new session that has data. */
  cookie(): string | undefined;
}

/** An object that is kept as JSON. */
export interface JsonObject {
  [name: string]: unknown;
}

/** Options of `jsonRecords`; `store` is required. */
export interface JsonRecordsOptions extends RecordOptions {
  readonly store: Store;
  /** Hears that so many top-level names were changed by two. Must not throw. */
  readonly onConflict?: ((parts: number) => void) | undefined;
}

/** A record as it was read or written; keep it for the next `save`. */
export interface LoadedRecord {
  readonly version: number;
  /** Without a prototype, free of names that would reach one. Change it freely. */
  readonly data: JsonObject;
  /** Its JSON as it was read or written. */
  readonly base: string;
  /** How long it lives on, from when it was read or written. */
  readonly ttlMs: number;
}

/** A record as it was written. */
export interface SavedRecord extends LoadedRecord {
  /** What was to be written, without what others changed. */
  readonly mine: string;
}

/** How long a record lives. */
export interface RecordLife {
  /** Above 0. From now on. */
  readonly ttlMs: number;
  /** From its creation on. Default: no such end. */
  readonly absoluteMs?: number | undefined;
}

/** JSON objects in a store that several requests change at once. */
export interface JsonRecords {
  /** Undefined where there is none, or what is there is no JSON object. */
  load(
    key: Key,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<LoadedRecord | undefined>;
  /**
   * Writes `data` over what was loaded; without that, creates it. What others changed meanwhile is kept, name by
   * name at the top level, and stands in the answer's `data`. `unchanged`: it is what was loaded, and nothing was
   * written. `gone`: it was removed or has expired, and nothing was written. Rejects as `Session.save`.
   */
  save(
    key: Key,
    loaded: LoadedRecord | undefined,
    data: JsonObject,
    life: RecordLife,
  ): Promise<SavedRecord | 'unchanged' | 'gone'>;
}
