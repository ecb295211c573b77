import { HoldfastError } from '../../errors.ts';
import type { Health } from '../lifecycle/health-types.ts';
import { Answerer, send } from './answer.ts';
import type { Gate } from './gate.ts';
import type { AnswerOptions } from './types.ts';

/** Answers to probes itself, before anything that could turn them away. */
export const healthGate =
  (health: Health): Gate<readonly unknown[]> =>
  ({ request, response }) => {
    const answer = health.answer(request);
    if (answer === undefined) return true;
    return answer.then((ready) => {
      if (!response.headersSent) send(response, ready);
      return false;
    });
  };

/** What a gate needs of a drain. */
export interface Draining {
  readonly name: string;
  readonly phase: string;
  /** Aborts as it begins. */
  readonly signal: AbortSignal;
}

/** Turns away what comes on connections that should have ended by now. */
export const drainGate = <Subject extends readonly unknown[]>(
  drain: Draining,
  options: AnswerOptions<Subject>,
): Gate<Subject> => {
  const answerer = new Answerer(options);
  return (exchange, subject) => {
    if (SERVING.has(drain.phase)) return true;
    const rejection = new HoldfastError({ code: 'HF_DRAINING', policy: drain.name });
    return answerer.refuse(exchange, rejection, subject);
  };
};

/** As long as a connection that is open may be used. */
const SERVING: ReadonlySet<string> = new Set(['serving', 'announcing', 'lingering']);
