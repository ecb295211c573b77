import type { Clock, Timer } from './clock.ts';

/** Node fires a longer timer at once; the deadline queue asks again when a shorter one ends early. */
const LONGEST_TIMER_MS = 2_147_483_647;

const setTimer = (callback: () => void, delayMs: number): Timer => {
  // Taken together: a fake timer of a test runner can neither dispose of itself nor be cleared by Node.
  const clear = clearTimeout;
  const timer = setTimeout(callback, Math.min(delayMs, LONGEST_TIMER_MS));
  return {
    ref: () => timer.ref(),
    unref: () => timer.unref(),
    [Symbol.dispose]: () => clear(timer),
  };
};

/** The clock of the process. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  setTimer,
  afterPoll: (callback) => void setImmediate(callback),
};
