import type { Call } from '../contender.ts';

/** A function that is compiled for itself in each import under another name. */
export const call: Call = async () => 1;
