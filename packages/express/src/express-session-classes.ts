import type { KeptCookie, KeptSession } from './express-session-record.ts';

/** A request as far as express-session sees to it. */
export interface SessionRequest {
  sessionID: string;
  sessionStore?: object;
  session?: object;
}

/** Gives a request a new session. */
export type Generate = (request: SessionRequest) => void;

/** What express-session makes sessions of; it hands that to nobody who does not import it. */
interface Moulds {
  readonly session: new (request: SessionRequest, data: object) => object;
  /** Its prototype: that of express-session does not name its constructor. */
  readonly cookie: object;
}

const known = new WeakMap<Generate, Moulds>();

const learned = (generate: Generate, request: SessionRequest): Moulds => {
  // Once for each express-session, and away from the request: that keeps its id.
  const probe: SessionRequest = Object.create(request);
  generate(probe);
  const session = Object(probe.session) as KeptSession;
  const cookie: object = Object.getPrototypeOf(session.cookie);
  const moulds: Moulds = { session: session.constructor as Moulds['session'], cookie };
  known.set(generate, moulds);
  return moulds;
};

const cookieOf = (mould: object, kept: KeptCookie): object => {
  const cookie: Record<string, unknown> = Object.create(mould);
  const fields = Object.entries({ path: '/', httpOnly: true, ...kept });
  for (const [name, value] of fields) cookie[name] = value;
  // To set the end of a cookie makes its lifetime what is left of it.
  cookie['originalMaxAge'] = kept.originalMaxAge;
  return cookie;
};

/** Makes a session of express-session, for a request that has its id. */
export const createSession = (
  generate: Generate,
  request: SessionRequest,
  data: KeptSession,
): object => {
  const moulds = known.get(generate) ?? learned(generate, request);
  const cookie = cookieOf(moulds.cookie, data.cookie);
  const session = new moulds.session(request, { ...data, cookie });
  request.session = session;
  return session;
};
