import type { Claim } from './simulation.ts';

/** What every seed gave, in the order of the seeds. */
interface Measured {
  readonly seeds: readonly number[];
  readonly values: readonly number[];
}

const claim = (
  head: Pick<Claim, 'what' | 'bound' | 'limit'>,
  { seeds, values }: Measured,
  worst: number,
): Claim => {
  const { bound, limit } = head;
  const worstSeed = seeds[values.indexOf(worst)] ?? Number.NaN;
  return { ...head, worst, worstSeed, ok: bound === 'at most' ? worst <= limit : worst >= limit };
};

/** That no seed gave more than `limit`. */
export const atMost = (limit: number, what: string, measured: Measured): Claim =>
  claim({ what, bound: 'at most', limit }, measured, Math.max(...measured.values));

/** That no seed gave less than `limit`. */
export const atLeast = (limit: number, what: string, measured: Measured): Claim =>
  claim({ what, bound: 'at least', limit }, measured, Math.min(...measured.values));
