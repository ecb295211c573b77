import { plus, type Family, type Part } from './family.ts';
import { inOrder } from './retained-family.ts';

type Parts = ReadonlyMap<Part, number>;

/** Of a bucket what it has beyond the next lower one: bounds that only some histograms have are no matter then. */
const growths = (parts: Parts): [Part, number][] => {
  let lower = 0;
  return Array.from(parts)
    .sort(([a], [b]) => inOrder(a, b))
    .map(([part, value]) => {
      if (typeof part !== 'number') return [part, value];
      const growth = value - lower;
      lower = value;
      return [part, growth];
    });
};

const sumOf = (...each: readonly Parts[]): Map<Part, number> => {
  const sums = new Map<Part, number>();
  for (const [part, growth] of each.flatMap(growths))
    sums.set(part, plus(sums.get(part) ?? 0, growth));
  let lower = 0;
  for (const part of [...sums.keys()].sort(inOrder)) {
    if (typeof part !== 'number') continue;
    lower = plus(lower, sums.get(part) ?? 0);
    sums.set(part, lower);
  }
  return sums;
};

/** Takes a family of the same name and type into another, as if each were of a process of its own. */
export const joinInto = ({ levels, totals }: Family, other: Family): void => {
  for (const [key, level] of other.levels) {
    const known = levels.get(key);
    if (known === undefined) levels.set(key, level);
    else for (const value of level.values) known.values.push(value);
  }
  for (const [key, series] of other.totals) {
    const known = totals.get(key);
    totals.set(
      key,
      known === undefined ? series : { ...known, parts: sumOf(known.parts, series.parts) },
    );
  }
};
