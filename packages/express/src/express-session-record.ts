import type { LoadedRecord } from '@holdfast/core/inbound';

/** The cookie of a session: one of express-session's, or what stands in a record. */
export interface KeptCookie {
  readonly maxAge?: unknown;
  readonly originalMaxAge?: unknown;
  readonly expires?: unknown;
  toJSON?(): object;
}

/** A session of express-session, or what becomes one. */
export interface KeptSession {
  readonly cookie: KeptCookie;
}

/** So much express-session may take off the lifetime by itself, each time it sets the end of a cookie anew. */
const DRIFT_MS = 50;

const isCookie = (value: unknown): value is KeptCookie =>
  typeof value === 'object' && value !== null;

/** How long its cookie has it live; undefined where the cookie does not say so. */
export const lifeOf = ({ cookie }: KeptSession): number | undefined => {
  const ms = cookie.maxAge ?? cookie.originalMaxAge;
  return typeof ms === 'number' ? ms : undefined;
};

const isDrifted = (cookie: KeptCookie, before: KeptCookie): boolean => {
  const [is, was] = [cookie.originalMaxAge, before.originalMaxAge];
  return typeof is === 'number' && typeof was === 'number' && Math.abs(is - was) <= DRIFT_MS;
};

/**
 * What is kept of a cookie. Its end is left out, and the drift of its lifetime taken back: else every
 * request would change it, and no two would agree.
 */
const keptCookie = (cookie: KeptCookie, before: unknown): object => {
  const { expires: _, ...kept }: KeptCookie = cookie.toJSON?.() ?? cookie;
  return isCookie(before) && isDrifted(cookie, before)
    ? { ...kept, originalMaxAge: before.originalMaxAge }
    : kept;
};

/** What is written of a session. */
export const recordOf = (
  session: KeptSession,
  before: LoadedRecord | undefined,
): Record<string, unknown> => ({
  ...session,
  cookie: keptCookie(session.cookie, before?.data['cookie']),
});

/** What express-session makes a session of; the end of its cookie is that of the record. */
export const keptSessionOf = ({ data, ttlMs }: LoadedRecord, wallNow: number): KeptSession => {
  const cookie = isCookie(data['cookie']) ? data['cookie'] : {};
  const ends = typeof cookie.originalMaxAge === 'number';
  const kept = ends ? { ...cookie, expires: new Date(wallNow + ttlMs) } : cookie;
  return Object.assign(data, { cookie: kept });
};
