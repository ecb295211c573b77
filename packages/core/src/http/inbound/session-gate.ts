import { isRejection } from '../../errors.ts';
import { assertRecord } from '../../options/validate.ts';
import { sessions as makeSessions } from '../../stateless/session/sessions.ts';
import type { Session, Sessions, SessionsOptions } from '../../stateless/session/types.ts';
import { Answerer } from './answer.ts';
import type { Exchange } from './exchange.ts';
import type { Gate } from './gate.ts';
import { keepSession } from './session-of.ts';
import { SessionResponse } from './session-response.ts';
import type { AnswerOptions } from './types.ts';

/** Options of `session`: those of core's `sessions`, of which `store` and `keys` are required. */
export interface SessionGateOptions<Subject extends readonly unknown[]>
  extends SessionsOptions, AnswerOptions<Subject> {}

/** Hears of each session as it is opened. */
export type OnSession<Subject extends readonly unknown[]> = (
  session: Session,
  ...subject: Subject
) => void;

const isSessions = (either: object): either is Sessions => 'open' in either;

const made = <Subject extends readonly unknown[]>(
  either: Sessions | SessionGateOptions<Subject>,
): { readonly sessions: Sessions; readonly answers: AnswerOptions<Subject> } => {
  assertRecord('session', either);
  if (isSessions(either)) return { sessions: either, answers: {} };
  const { onReject, ...own } = either;
  return { sessions: makeSessions(own), answers: { onReject, random: own.random } };
};

/**
 * Opens the session of a request as it arrives. The response sends its cookie and holds its end back until what
 * was changed is saved.
 */
export const sessionGate = <Subject extends readonly unknown[]>(
  sessionsOrOptions: Sessions | SessionGateOptions<Subject>,
  onSession: OnSession<Subject> | undefined,
): { readonly gate: Gate<Subject>; readonly sessions: Sessions } => {
  const { sessions, answers } = made(sessionsOrOptions);
  const answerer = new Answerer(answers);

  const begin = (session: Session, exchange: Exchange, subject: Subject): boolean => {
    if (exchange.answered) return false;
    new SessionResponse(session, { name: sessions.name, exchange, subject, answerer }).attach();
    keepSession(exchange.response, session);
    onSession?.(session, ...subject);
    return true;
  };

  const gate: Gate<Subject> = (exchange, subject) => {
    if (!exchange.enters(sessions)) return true;
    return sessions.open(exchange.request.headers.cookie).then(
      (session) => begin(session, exchange, subject),
      (error: unknown) => {
        if (!isRejection(error)) throw error;
        return answerer.refuse(exchange, error, subject);
      },
    );
  };
  return { gate, sessions };
};
