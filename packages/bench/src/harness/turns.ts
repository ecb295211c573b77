import type { Operation } from './suite.ts';

/** Nothing in this bench settles later; one that never settles must not stop the run. */
const MOST = 1_000;

/** Microtask turns until the promise settles: 1 for an async function that only returns. */
export const turnsUntilSettled = (operation: Operation): Promise<number> => {
  const { promise, resolve } = Promise.withResolvers<number>();
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  Promise.resolve(operation()).then(settle, settle);
  let turns = 0;
  const turn = (): void => {
    turns++;
    if (settled || turns === MOST) resolve(turns);
    else queueMicrotask(turn);
  };
  queueMicrotask(turn);
  return promise;
};
