import type { MetricFamily, MetricValue } from './types.ts';

export type Labels = MetricValue['labels'];

/** One number of a series; a number is the upper bound of a bucket, and stands for what is in it or in a lower one. */
export type Part = 'value' | 'sum' | 'count' | number;

/** The numbers that have all labels in common, but for the bound of a bucket. */
export interface Series {
  readonly labels: Labels;
  readonly parts: Map<Part, number>;
}

/** More than one where a process has the same gauge more than once. */
export interface Level {
  readonly labels: Labels;
  readonly values: number[];
}

/** A family of one process, or of all, taken apart. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: MetricFamily['type'];
  readonly aggregator: NonNullable<MetricFamily['aggregator']> | undefined;
  /** What grows only, by key of its labels: counters, histograms, sum and count of summaries. */
  readonly totals: Map<string, Series>;
  /** What goes up and down: gauges, and quantiles of summaries. */
  readonly levels: Map<string, Level>;
}

/** By name. */
export type Families = Map<string, Family>;

/**
 * What a histogram has at a bound. One without a bucket there has as much, at the least, as at its next lower bound.
 */
export const partAt = (parts: ReadonlyMap<Part, number>, part: Part): number => {
  const known = parts.get(part);
  if (known !== undefined || typeof part !== 'number') return known ?? 0;
  let lower = -Infinity;
  for (const bound of parts.keys()) {
    if (typeof bound === 'number' && bound < part && bound > lower) lower = bound;
  }
  return parts.get(lower) ?? 0;
};

/** One number too large must not turn a total into infinity for ever. */
export const plus = (a: number, b: number): number =>
  Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, a + b));
