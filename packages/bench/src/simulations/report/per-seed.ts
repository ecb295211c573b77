/** Simulates once for each seed, one after another. */
export const perSeed = async <T>(
  seeds: readonly number[],
  simulate: (seed: number) => Promise<T>,
): Promise<T[]> => {
  const outcomes: T[] = [];
  for (const seed of seeds) outcomes.push(await simulate(seed));
  return outcomes;
};
