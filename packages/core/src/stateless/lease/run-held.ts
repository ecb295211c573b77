import { start, whenSettled } from '../../pipeline/start.ts';
import type { Hold } from './hold.ts';
import type { LeaseContext } from './types.ts';

/** What a function of the user's does with a lease. */
export type Work<T> = (context: LeaseContext) => T | PromiseLike<T>;

/** What the holder of a lease knows, and nothing else of it. */
const contextOf = (hold: Hold): LeaseContext => ({
  get signal() {
    return hold.signal;
  },
  fence: hold.grant.fence,
  key: hold.grant.userKey,
});

/** Nobody waits for a lease to be given back: what a store does not hear of ends by itself. */
const leave = (hold: Hold): void => void hold.release();

/**
 * Runs the work under a lease and gives it back when the work ends. Rejects at once when the lease is lost or the
 * caller gives up, and with that reason too where the work ended after it.
 */
export const runHeld = <T>(
  hold: Hold,
  work: Work<T>,
  caller: AbortSignal | undefined,
): Promise<T> =>
  new Promise((resolve, reject) => {
    if (caller?.aborted === true) {
      leave(hold);
      reject(caller.reason);
      return;
    }
    const onAbort = (): void => hold.abort(caller?.reason);
    const end = (settle: () => void): void => {
      caller?.removeEventListener('abort', onAbort);
      settle();
    };
    hold.onAbort = (reason) => end(() => reject(reason));
    caller?.addEventListener('abort', onAbort, { once: true });
    void whenSettled(
      start(work, contextOf(hold)),
      (value) => {
        // Also where the process stood still, and the timer that aborts has not run yet.
        if (!hold.aborted) end(() => resolve(value));
        leave(hold);
      },
      (error: unknown) => {
        end(() => reject(error));
        leave(hold);
      },
    );
  });
