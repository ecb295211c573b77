import type { Clock } from './clock.ts';

/** Milliseconds left until a deadline, never below 0; `Infinity` without one. */
export const remainingMs = (deadline: number | undefined, clock: Clock): number =>
  deadline === undefined ? Infinity : Math.max(0, deadline - clock.now());
