/** What a budget earns, and how much of it can be saved. */
export interface BudgetTerms {
  /** Credit for each first attempt. */
  readonly ratio: number;
  readonly floorPerMs: number;
  readonly spanMs: number;
}

/** What happened since the last time; when exactly each call came is not known. */
export interface Passed {
  readonly elapsedMs: number;
  readonly calls: number;
}

/**
 * First attempts of the last span, each counted less the older it is (e^(−age / span)): at a steady
 * rate that is the rate times the span. The new calls are taken as spread evenly over the time.
 */
export const countAfter = (count: number, passed: Passed, { spanMs }: BudgetTerms): number => {
  const age = passed.elapsedMs / spanMs;
  if (age === 0) return count + passed.calls;
  const fading = Math.exp(-age);
  return count * fading + (passed.calls * (1 - fading)) / age;
};

/**
 * Credit after some time: what was earned is added, and no more is kept than `spanMs` earns at the
 * present rate, which `count` tells.
 */
export const creditAfter = (
  credit: number,
  count: number,
  passed: Passed,
  { ratio, floorPerMs, spanMs }: BudgetTerms,
): number => {
  const earned = ratio * passed.calls + floorPerMs * passed.elapsedMs;
  return Math.min(credit + earned, floorPerMs * spanMs + ratio * count);
};
