import { quantile } from '../../../harness/statistics.ts';

const AT_MOST_OUTSIDE = 0.05;

/** How likely it is that at most `most` of `tosses` of a fair coin show heads. */
const chanceOfAtMost = (most: number, tosses: number): number => {
  let term = 0.5 ** tosses;
  let sum = 0;
  for (let heads = 0; heads <= most; heads++) {
    sum += term;
    term = (term * (tosses - heads)) / (heads + 1);
  }
  return sum;
};

/**
 * An interval that covers the median in at least 95 of 100 cases, whatever the distribution: from one
 * of the sorted values to its mirror image, as the sign test has it. All of the range for fewer than six
 * values, which is less than 95 %.
 */
export const medianInterval = (values: readonly number[]): { low: number; high: number } => {
  const { length } = values;
  let cut = 0;
  while (2 * chanceOfAtMost(cut, length) <= AT_MOST_OUTSIDE) cut++;
  const rank = Math.max(0, cut - 1) / Math.max(1, length - 1);
  return { low: quantile(values, rank), high: quantile(values, 1 - rank) };
};
