import { plus, type Family, type Level, type Part, type Series } from './family.ts';
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

const sumOf = (each: readonly Parts[]): Map<Part, number> => {
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

const byKey = <T>(maps: readonly ReadonlyMap<string, T>[]): [string, [T, ...T[]]][] => {
  const groups = new Map<string, [T, ...T[]]>();
  for (const map of maps) {
    for (const [key, value] of map) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [value]);
      else group.push(value);
    }
  }
  return [...groups];
};

const joinLevel = ([first, ...others]: [Level, ...Level[]]): Level =>
  others.length === 0
    ? first
    : { ...first, values: [first, ...others].flatMap(({ values }) => values) };

const joinSeries = ([first, ...others]: [Series, ...Series[]]): Series =>
  others.length === 0
    ? first
    : { ...first, parts: sumOf([first, ...others].map(({ parts }) => parts)) };

/** Families of one name and type as one, as if each were of a process of its own. */
export const joinFamilies = (families: readonly [Family, ...Family[]]): Family => {
  const [first] = families;
  if (families.length === 1) return first;
  const levels = byKey(families.map((each) => each.levels));
  const totals = byKey(families.map((each) => each.totals));
  return {
    ...first,
    levels: new Map(levels.map(([key, group]) => [key, joinLevel(group)])),
    totals: new Map(totals.map(([key, group]) => [key, joinSeries(group)])),
  };
};
