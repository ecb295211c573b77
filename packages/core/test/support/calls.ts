import { getEventListeners } from 'node:events';
import type { Call, CallContext, Executable, RunOptions } from '../../src/index.ts';

/** A call that never settles, whatever its signal says. */
export const hang = (): Promise<never> => new Promise(() => undefined);

/** A call that settles only when its signal aborts, with the signal's reason. */
export const untilAborted = ({ signal }: CallContext): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    if (signal.aborted) reject(signal.reason);
  });

/** Keeps the context of each call that is made, then makes it. */
export const recorded = <T>(call: Call<T>): { readonly contexts: CallContext[]; call: Call<T> } => {
  const contexts: CallContext[] = [];
  return {
    contexts,
    call: (context) => {
      contexts.push(context);
      return call(context);
    },
  };
};

/** How many listeners stand on a signal. */
export const listenersOn = (signal: AbortSignal): number =>
  getEventListeners(signal, 'abort').length;

/** A user's own policy: no more than a name and `execute`. */
export const userPolicy = (
  around: <T>(run: () => PromiseLike<T>) => Promise<T> = async (run) => await run(),
): Executable => ({
  name: 'own',
  execute: <T>(call: Call<T>, options: RunOptions = {}) =>
    around<T>(async () => await call(contextOf(options))),
});

const contextOf = ({ signal, deadline, key, priority }: RunOptions): CallContext => ({
  signal: signal ?? new AbortController().signal,
  attempt: 1,
  deadline,
  key,
  priority: priority ?? 0,
  remainingMs: () => Infinity,
});
