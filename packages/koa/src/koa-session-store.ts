import { clockOf } from '@holdfast/core/adapter';
import { SessionRecords, type SessionStoreOptions } from '@holdfast/core/inbound';
import type { Store } from '@holdfast/core/stateless';

/** What koa-session says of the request. */
interface OfRequest {
  readonly ctx?: object;
}

/** What koa-session asks of a store. */
export interface KoaSessionStore {
  get(id: string, maxAge: unknown, of?: OfRequest): Promise<Record<string, unknown> | undefined>;
  set(
    id: string,
    session: Readonly<Record<string, unknown>>,
    maxAge: unknown,
    of?: OfRequest,
  ): Promise<void>;
  destroy(id: string, of?: OfRequest): Promise<void>;
}

/** koa-session asks for so much more than the cookie has. With it a store could not tell when that ends. */
const BEYOND_COOKIE_MS = 10_000;

/** What koa-session would put over its own: `ctx.session.save()` would be no function any more. */
const ITS_OWN: ReadonlySet<string> = new Set([
  ...['commit', 'isNew', 'manuallyCommit', 'regenerate', 'save', 'toJSON'],
]);

/** It answers these itself; kept as a part of the record they would change it with every save. */
const OF_ITS_STATE: ReadonlySet<string> = new Set(['_expire', '_requireSave']);

const isKept = (name: string): boolean => !ITS_OWN.has(name) && !OF_ITS_STATE.has(name);

const withoutItsOwn = (session: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(session).filter(([name]) => isKept(name)));

const assertNames = (session: object): void => {
  const own = Object.keys(session).find((name) => ITS_OWN.has(name));
  if (own === undefined) return;
  throw new TypeError(
    `koa-session: "${own}" is a method or property of its sessions, and cannot be the name of what one holds`,
  );
};

/** Nothing where koa-session has the session end with the browser. */
const lifeOf = (maxAge: unknown): number | undefined => {
  if (typeof maxAge !== 'number') return undefined;
  return maxAge > BEYOND_COOKIE_MS ? maxAge - BEYOND_COOKIE_MS : maxAge;
};

/**
 * Keeps the sessions of koa-session (7) in a store, for its option `store`. A session is saved over what its
 * request has read and merged by top-level name with what others changed meanwhile, a late save does not bring
 * back one that was destroyed, and a session that is only used is written now and then.
 *
 * A session that holds one of koa-session's own names (`save`, `commit`, …) is not saved: a `TypeError`.
 *
 * What it does not change: koa-session keeps the id when somebody logs in (call `ctx.session.regenerate()`
 * then), and answers with 500 where the store is lost, unless `rejections()` stands in front.
 */
export const koaSessionStore = (
  store: Store,
  options: SessionStoreOptions = {},
): KoaSessionStore => {
  const records = new SessionRecords('koa-session', store, options);
  const clock = clockOf(options.clock);
  return {
    get: async (id, _maxAge, { ctx } = {}) => {
      const record = await records.load(id);
      if (record === undefined) return undefined;
      if (ctx !== undefined) records.remember(ctx, id, record);
      const session = withoutItsOwn(record.data);
      // As a part of the record every save would change it, and no two would agree.
      if (typeof session['_maxAge'] === 'number')
        session['_expire'] = clock.wallNow() + record.ttlMs;
      return session;
    },
    set: async (id, session, maxAge, { ctx = {} } = {}) => {
      assertNames(session);
      return records.save(ctx, id, withoutItsOwn(session), lifeOf(maxAge));
    },
    destroy: (id) => records.remove(id),
  };
};
