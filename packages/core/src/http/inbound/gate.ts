import { isRefusal } from '../../errors.ts';
import type { Answerer } from './answer.ts';
import type { Exchange } from './exchange.ts';

/**
 * A guard without its framework: whether a request goes on. It has answered where it does not. A promise
 * only where it has to wait.
 */
export type Gate<Subject extends readonly unknown[]> = (
  exchange: Exchange,
  subject: Subject,
) => boolean | Promise<boolean>;

/** A gate whose policies may be disposed of: it turns requests away then. */
export const untilDisposed =
  <Subject extends readonly unknown[]>(
    gate: Gate<Subject>,
    answerer: Answerer<Subject>,
  ): Gate<Subject> =>
  (exchange, subject) => {
    try {
      return gate(exchange, subject);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return answerer.refuse(exchange, error, subject);
    }
  };

/** Several gates in a row; each is asked once all before it let the request through. */
export const inOrder = <Subject extends readonly unknown[]>(
  gates: readonly Gate<Subject>[],
): Gate<Subject> => {
  const from = (
    first: number,
    exchange: Exchange,
    subject: Subject,
  ): boolean | Promise<boolean> => {
    for (let index = first; index < gates.length; index++) {
      const answer = gates[index]?.(exchange, subject) ?? true;
      if (answer instanceof Promise)
        return answer.then((goes) => goes && from(index + 1, exchange, subject));
      if (!answer) return false;
    }
    return true;
  };
  return (exchange, subject) => from(0, exchange, subject);
};
