import type { Clock } from './clock.ts';

/** Node fires a longer timer at once; the deadline queue asks again when a shorter one ends early. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** The clock of the process. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  setTimer: (callback, delayMs) => setTimeout(callback, Math.min(delayMs, LONGEST_TIMER_MS)),
  afterPoll: (callback) => void setImmediate(callback),
};
