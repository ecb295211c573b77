import type { Clock } from '../../runtime/clock.ts';
import { sleep } from '../../runtime/sleep.ts';

/** Resolves when the time has come, or at once when the signal aborts; leaves no timer or listener. */
export const pauseUntil = (clock: Clock, due: number, signal: AbortSignal): Promise<void> =>
  sleep(clock, Math.max(0, due - clock.now()), signal).catch(() => undefined);

/** Resolves when the event loop has looked at its sockets once more, or when the signal aborts. */
export const nextPoll = (clock: Clock, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const onEnd = (): void => {
      signal.removeEventListener('abort', onEnd);
      resolve();
    };
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', onEnd);
    clock.afterPoll(onEnd);
  });
