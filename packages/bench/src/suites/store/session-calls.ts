import { sessions, type Sessions } from '@holdfast/core/stateless';
import { expressSessionStore } from '@holdfast/express';
import { RedisStore } from 'connect-redis';
import type { SessionData } from 'express-session';
import { IN_FLIGHT, type LaneCall } from './beside.ts';
import type { NodeRedis } from './connections.ts';
import { CONTENT, touchContent } from './session-content.ts';

/** Longer than any stall of a busy machine. */
const DEADLINE_MS = 5_000;
const HOUR_MS = 3_600_000;
const SECRET = 'a secret of the bench, longer than thirty-two bytes';

/** Reading and writing sessions, each lane one of its own, that are there already. */
export interface SessionCalls {
  readonly read: LaneCall;
  readonly write: LaneCall;
  /** Reads, changes and writes. */
  readonly request: LaneCall;
}

const forLanes = <T>(make: (lane: number) => T): T[] =>
  Array.from({ length: IN_FLIGHT }, (_, lane) => make(lane));

const ofLane = <T>(items: readonly T[], lane: number): T => {
  const item = items[lane];
  if (item === undefined) throw new Error(`lane ${lane} has no session`);
  return item;
};

/** What express-session hands to its store: the content, and what the cookie is like. */
const contentOfExpress = (): SessionData & Record<string, unknown> => ({
  cookie: { originalMaxAge: HOUR_MS, httpOnly: true, path: '/', secure: true, sameSite: 'lax' },
  ...structuredClone(CONTENT),
});

/** Whatever a store of express-session answers with. */
type Answered<T> = (error?: unknown, value?: T | null) => void;

const promised = <T>(call: (answered: Answered<T>) => unknown): Promise<T | null | undefined> =>
  new Promise((resolve, reject) => {
    call((error, value) => {
      if (error) reject(new Error('the store failed', { cause: error }));
      else resolve(value);
    });
  });

/** What both stores for express-session have. */
interface ExpressStore {
  get(id: string, answered: Answered<SessionData>): unknown;
  set(id: string, session: SessionData, answered: Answered<never>): unknown;
}

const throughExpress = async (store: ExpressStore): Promise<SessionCalls> => {
  const ids = forLanes((lane) => `session-of-lane-${lane}`);
  const get = async (lane: number): Promise<SessionData> => {
    const session = await promised<SessionData>((done) => store.get(ofLane(ids, lane), done));
    if (session === undefined || session === null) throw new Error('the session is gone');
    return session;
  };
  const set = async (lane: number, session: SessionData): Promise<void> => {
    touchContent(session);
    await promised<never>((done) => store.set(ofLane(ids, lane), session, done));
  };
  for (const lane of ids.keys()) await set(lane, contentOfExpress());
  const read = await Promise.all(forLanes(get));
  return {
    read: get,
    write: (lane) => set(lane, ofLane(read, lane)),
    request: async (lane) => set(lane, await get(lane)),
  };
};

/** The peer: `get` and `set` as express-session calls them. */
export const connectRedis = ({ client }: NodeRedis): Promise<SessionCalls> =>
  throughExpress(new RedisStore({ client }));

/** Our store for express-session, called in the same way. */
export const holdfastForExpress = ({ store }: NodeRedis): Promise<SessionCalls> =>
  throughExpress(expressSessionStore(store, { deadlineMs: DEADLINE_MS }) as ExpressStore);

/** Our own sessions, with all that express-session does for the peer in its middleware: the cookie's signature. */
export const holdfastSessions = async ({ store }: NodeRedis): Promise<SessionCalls> => {
  const own = sessions({ store, keys: [{ id: 'a1', secret: SECRET }], deadlineMs: DEADLINE_MS });
  const cookies = await Promise.all(forLanes(() => begin(own)));
  const open = (lane: number): ReturnType<Sessions['open']> => own.open(ofLane(cookies, lane));
  const request: LaneCall = async (lane) => {
    const session = await open(lane);
    if (session.state !== 'loaded') throw new Error(`the session is ${session.state}`);
    touchContent(session.data);
    await session.save();
  };
  return { read: open, write: request, request };
};

const begin = async (own: Sessions): Promise<string> => {
  const session = await own.open(undefined);
  for (const [name, value] of Object.entries(CONTENT)) session.data[name] = value;
  await session.save();
  return session.cookie()?.split(';', 1)[0] ?? '';
};
