import type { Random } from '@holdfast/core';
import { seededRandom } from '@holdfast/core/testing';

/** Gives one source of chance after another, all from one seed and each with a sequence of its own. */
export const streamsOf = (seed: number): (() => Random) => {
  const seeds = seededRandom(seed);
  return () => seededRandom(seeds() * 4_294_967_296);
};
