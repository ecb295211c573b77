import type { MetricFamily } from './types.ts';

const SUFFIXES: Readonly<Record<MetricFamily['type'], readonly string[]>> = {
  counter: [''],
  gauge: [''],
  histogram: ['', '_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

/** Its own name and those of its samples: in a text for Prometheus no two families may have one in common. */
export const sampleNames = ({ name, type }: Pick<MetricFamily, 'name' | 'type'>): string[] =>
  SUFFIXES[type].map((suffix) => name + suffix);
