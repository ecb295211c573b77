import type { ServerResponse } from 'node:http';
import type { Session } from '../../stateless/session/types.ts';

const SESSION: unique symbol = Symbol.for('holdfast.session');

interface Marked {
  [SESSION]?: Session;
}

/** Makes it the session of a response. Of several kinds the one that was opened last is. */
export const keepSession = (response: ServerResponse & Marked, session: Session): void => {
  response[SESSION] = session;
};

/** The session of a response. Throws where no `session` stands in front. */
export const sessionOf = (response: ServerResponse & Marked): Session => {
  const session = response[SESSION];
  if (session === undefined)
    throw new TypeError('the request has no session: mount session() in front of what asks for it');
  return session;
};
