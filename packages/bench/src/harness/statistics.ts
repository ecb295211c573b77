/** The middle of the values, and the range without the outer tenths. */
export interface Spread {
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
}

/** The value below which the share `q` of the values lies, interpolated between neighbours. */
export const quantile = (values: readonly number[], q: number): number => {
  if (values.length === 0) throw new RangeError('quantile of no values');
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
};

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export const spreadOf = (values: readonly number[]): Spread => ({
  median: median(values),
  p10: quantile(values, 0.1),
  p90: quantile(values, 0.9),
});

/** Whether two medians differ by more, either way, than a thing measured against itself does. */
export const isDistinguishable = (own: number, other: number, noise: Spread): boolean => {
  const quotient = own / other;
  const low = Math.min(noise.p10, 1 / noise.p90);
  const high = Math.max(noise.p90, 1 / noise.p10);
  return quotient < low || quotient > high;
};

/** The items in an order drawn at random (Fisher and Yates). */
export const shuffled = <T>(items: readonly T[], random: () => number = Math.random): T[] => {
  const left = [...items];
  const drawn: T[] = [];
  while (left.length > 0) drawn.push(...left.splice(Math.floor(random() * left.length), 1));
  return drawn;
};
