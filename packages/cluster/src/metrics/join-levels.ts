import { plus, type Family, type Level } from './family.ts';
import type { MetricValue } from './types.ts';

type Join = (values: readonly number[]) => number;

const sum: Join = (values) => values.reduce(plus, 0);

const JOINS: Readonly<Record<Exclude<NonNullable<Family['aggregator']>, 'omit'>, Join>> = {
  sum,
  first: ([value = 0]) => value,
  min: (values) => values.reduce((a, b) => Math.min(a, b)),
  max: (values) => values.reduce((a, b) => Math.max(a, b)),
  average: (values) => values.reduce((mean, value, i) => mean + (value - mean) / (i + 1), 0),
};

/**
 * Quantiles cannot be added up, though prom-client says `sum` of every metric. That of all workers' observations is no
 * higher than the highest.
 */
const aggregatorOf = ({ type, aggregator = 'sum' }: Family): NonNullable<Family['aggregator']> =>
  type === 'summary' && aggregator === 'sum' ? 'max' : aggregator;

/** Joins what goes up and down, as the first of the families says. */
export const joinLevels = (families: readonly Family[]): MetricValue[] => {
  const [first] = families;
  if (first === undefined) return [];
  const aggregator = aggregatorOf(first);
  if (aggregator === 'omit') return [];
  const join = JOINS[aggregator];
  const byKey = new Map<string, Level>();
  for (const { levels } of families) {
    for (const [key, { labels, values }] of levels) {
      const known = byKey.get(key) ?? { labels, values: [] };
      byKey.set(key, known);
      for (const value of values) known.values.push(value);
    }
  }
  return Array.from(byKey.values(), ({ labels, values }) => ({ labels, value: join(values) }));
};
