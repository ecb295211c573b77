import type { Random } from './clock.ts';

/** The chance of the process. Reads the global each time, so that a test may replace it. */
export const systemRandom: Random = () => Math.random();
