import { EventEmitter } from 'node:events';
import { clockOf } from '@holdfast/core/adapter';
import { SessionRecords, type SessionStoreOptions } from '@holdfast/core/inbound';
import type { Store } from '@holdfast/core/stateless';
import { SessionClasses, type Generate, type SessionRequest } from './express-session-classes.ts';
import { keptSessionOf, lifeOf, recordOf, type KeptSession } from './express-session-record.ts';

/** Hears how it went. Called in a turn of its own, so that what it throws is its own. */
type Callback<Answer> = (error?: unknown, answer?: Answer) => void;

const ignore = (): void => undefined;

/** A session as express-session alone has a type for it: it takes this one for its own. */
type ItsSession = never;

/** Answers as Node's callbacks are answered. */
const answer = (promise: Promise<unknown>, callback: Callback<never> = ignore): void => {
  void promise.then(
    (value) => process.nextTick(callback, null, value),
    (error: unknown) => process.nextTick(callback, error),
  );
};

/**
 * Keeps the sessions of express-session in a store, for its option `store`. A session is saved over what its
 * request has read and merged by top-level name with what others changed meanwhile, a late save does not bring
 * back one that was destroyed, and a session that is only used is written now and then.
 *
 * What it does not change: express-session keeps the id when somebody logs in (call `req.session.regenerate()`
 * then), and hands what fails to `next`.
 */
export class ExpressSessionStore extends EventEmitter {
  readonly #records: SessionRecords;
  readonly #clock: ReturnType<typeof clockOf>;
  #classes = new SessionClasses(() => {
    throw new TypeError('the store belongs to no express-session yet: hand it over as `store`');
  });

  constructor(store: Store, options?: SessionStoreOptions) {
    super();
    this.#records = new SessionRecords('express-session', store, options);
    this.#clock = clockOf(options?.clock);
  }

  /** express-session puts it here: gives a request a new session. */
  get generate(): Generate {
    return this.#classes.generate;
  }

  set generate(generate: Generate) {
    this.#classes = new SessionClasses(generate);
  }

  get(id: string, callback: Callback<ItsSession>): void {
    answer(this.#load(id), callback);
  }

  set(id: string, session: KeptSession, callback?: Callback<void>): void {
    answer(this.#save(id, session), callback);
  }

  destroy(id: string, callback?: Callback<void>): void {
    answer(this.#records.remove(id), callback);
  }

  touch(id: string, session: KeptSession, callback?: Callback<void>): void {
    answer(this.#touch(id, session), callback);
  }

  /** Makes what `get` gave the session of a request. */
  createSession(request: SessionRequest, session: KeptSession): ItsSession {
    const made = this.#classes.create(request, session);
    const record = this.#records.recordOf(session, request.sessionID);
    if (record !== undefined) this.#records.remember(made, request.sessionID, record);
    return made as ItsSession;
  }

  regenerate(request: SessionRequest, callback: Callback<void>): void {
    this.destroy(request.sessionID, (error) => {
      this.generate(request);
      callback(error);
    });
  }

  load(id: string, callback: Callback<ItsSession>): void {
    const load = async (): Promise<unknown> => {
      const session = await this.#load(id);
      return session && this.createSession({ sessionID: id, sessionStore: this }, session);
    };
    answer(load(), callback);
  }

  async #load(id: string): Promise<KeptSession | undefined> {
    const record = await this.#records.load(id);
    if (record === undefined) return undefined;
    const session = keptSessionOf(record, this.#clock.wallNow());
    this.#records.remember(session, id, record);
    return session;
  }

  /** Nothing else was changed than perhaps the cookie, which has to be saved with its lifetime. */
  async #touch(id: string, session: KeptSession): Promise<void> {
    if (this.#records.recordOf(session, id) !== undefined) return this.#save(id, session);
    return this.#records.touch(id, undefined, lifeOf(session));
  }

  async #save(id: string, session: KeptSession): Promise<void> {
    const lifeMs = lifeOf(session);
    if (lifeMs !== undefined && lifeMs <= 0) return this.#records.remove(id);
    const record = this.#records.recordOf(session, id);
    return this.#records.save(session, id, recordOf(session, record), lifeMs);
  }
}

/** See `ExpressSessionStore`. Throws `TypeError` or `RangeError` for a wrong option. */
export const expressSessionStore = (
  store: Store,
  options?: SessionStoreOptions,
): ExpressSessionStore => new ExpressSessionStore(store, options);
