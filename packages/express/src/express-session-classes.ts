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

/** What express-session reads of a request to give it a session, where a session is loaded without one. */
const NO_REQUEST: object = { headers: {}, connection: {}, socket: {}, url: '/', method: 'GET' };

const mouldsOf = ({ session }: SessionRequest): Moulds => {
  const made = Object(session) as KeptSession;
  const cookie: object = Object.getPrototypeOf(made.cookie);
  return { session: made.constructor as Moulds['session'], cookie };
};

const cookieOf = (mould: object, kept: KeptCookie): object => {
  const cookie: Record<string, unknown> = Object.create(mould);
  const fields = Object.entries({ path: '/', httpOnly: true, ...kept });
  for (const [name, value] of fields) cookie[name] = value;
  // To set the end of a cookie makes its lifetime what is left of it.
  cookie['originalMaxAge'] = kept.originalMaxAge;
  return cookie;
};

/** The classes of one express-session, learned from what it generates. */
export class SessionClasses {
  readonly #generate: Generate;
  #moulds: Moulds | undefined = undefined;

  constructor(generate: Generate) {
    this.#generate = generate;
  }

  readonly generate: Generate = (request) => {
    this.#generate(request);
    this.#moulds ??= mouldsOf(request);
  };

  /** Makes a session of express-session, for a request that has its id. */
  create(request: SessionRequest, data: KeptSession): object {
    const moulds = this.#moulds ?? this.#learn(request);
    const cookie = cookieOf(moulds.cookie, data.cookie);
    const session = new moulds.session(request, { ...data, cookie });
    request.session = session;
    return session;
  }

  /** Where none has been generated yet: one more, away from the request, which keeps its id. */
  #learn(request: SessionRequest): Moulds {
    const probe: SessionRequest = Object.create('headers' in request ? request : NO_REQUEST);
    this.generate(probe);
    return mouldsOf(probe);
  }
}
