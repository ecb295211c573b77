import type { Part } from './family.ts';

/**
 * Whether the numbers of one series can be those of a histogram: each bucket has all that is in a lower one, and the
 * last has all that was counted.
 */
export const isHistogram = (parts: ReadonlyMap<Part, number>): boolean => {
  const buckets: [number, number][] = [];
  for (const [part, value] of parts) if (typeof part === 'number') buckets.push([part, value]);
  buckets.sort(([a], [b]) => a - b);
  const [bound, most] = buckets.at(-1) ?? [];
  if (bound !== Infinity || most !== parts.get('count')) return false;
  return buckets.every(([, value], i) => value >= (buckets[i - 1]?.[1] ?? 0));
};
