import type { Clock } from './clock.ts';
import { deadlinesOf, type Deadline } from './deadline-queue.ts';

/** Resolves after `ms`, or rejects with the signal's reason at once; leaves no timer or listener. */
export const sleep = (clock: Clock, ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const queue = deadlinesOf(clock);
    const onAbort = (): void => {
      queue.remove(deadline);
      queue.tidy();
      reject(signal.reason);
    };
    const deadline: Deadline = {
      due: clock.now() + ms,
      position: -1,
      keepsAlive: true,
      fire: () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      },
    };
    signal.addEventListener('abort', onAbort, { once: true });
    queue.add(deadline);
  });
