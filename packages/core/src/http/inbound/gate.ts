import type { Exchange } from './exchange.ts';

/**
 * A guard without its framework: whether a request goes on. It has answered where it does not. A promise
 * only where it has to wait.
 */
export type Gate<Subject extends readonly unknown[]> = (
  exchange: Exchange,
  subject: Subject,
) => boolean | Promise<boolean>;

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
