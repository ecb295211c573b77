/** Units that were taken at a time. */
export interface Taking {
  readonly at: number;
  readonly units: number;
}

/** A rate as a fraction of whole numbers, so that what follows from it can be reckoned exactly. */
export interface ExactRate {
  readonly units: number;
  readonly perSeconds: number;
  readonly burst: number;
}

/** Whether `units` more at `at` leave every window within `burst + rate * length`. Whole milliseconds. */
export const keepsRate = (
  taken: readonly Taking[],
  { at, units }: Taking,
  { units: rate, perSeconds, burst }: ExactRate,
): boolean => {
  let inside = units;
  if (inside > burst) return false;
  for (const earlier of taken.toReversed()) {
    inside += earlier.units;
    if ((inside - burst) * perSeconds * 1_000 > rate * (at - earlier.at)) return false;
  }
  return true;
};

/** By how many units the fullest window of any length is above `burst + unitsPerMs * length`. */
export const worstExcess = (
  taken: readonly Taking[],
  unitsPerMs: number,
  burst: number,
): number => {
  let worst = -Infinity;
  for (const [index, last] of taken.entries()) {
    let inside = 0;
    for (let first = index; first >= 0; first--) {
      const { at, units } = taken[first] ?? last;
      inside += units;
      worst = Math.max(worst, inside - burst - unitsPerMs * (last.at - at));
    }
  }
  return worst;
};

/** The units taken after `from`, up to `to`. */
export const unitsWithin = (taken: readonly Taking[], from: number, to: number): number =>
  taken.reduce((sum, { at, units }) => (at > from && at <= to ? sum + units : sum), 0);

/** The most units in any window of a length, its beginning counted in and its end not. */
export const mostWithin = (taken: readonly Taking[], windowMs: number): number =>
  taken.reduce((most, { at }) => Math.max(most, unitsWithin(taken, at - windowMs, at)), 0);

/** How often a property is tried; `HOLDFAST_RUNS` raises it. */
export const runsOf = (usual: number): { readonly numRuns: number } => ({
  numRuns: Math.max(usual, Number(process.env['HOLDFAST_RUNS'] ?? 0)),
});
