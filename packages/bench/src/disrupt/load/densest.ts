/** The most of the times that lie in any span of that length. */
export const densest = (times: readonly number[], spanMs: number): number => {
  const sorted = times.toSorted((a, b) => a - b);
  let first = 0;
  let most = 0;
  for (const [at, time] of sorted.entries()) {
    while (time - (sorted[first] ?? time) >= spanMs) first++;
    most = Math.max(most, at - first + 1);
  }
  return most;
};
