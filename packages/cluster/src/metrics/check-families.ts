import { copyOf, isFields, keyOf, type Fields } from './check-labels.ts';
import type { Families, Family, Part } from './family.ts';

const FAMILY_NAME = /^[A-Za-z_:][A-Za-z0-9_:]*$/;
const LONGEST_NAME = 200;
const LONGEST_HELP = 1_024;
const MOST_FAMILIES = 2_000;
const MOST_VALUES = 50_000;

const TYPES: ReadonlySet<unknown> = new Set<Family['type']>([
  'counter',
  'gauge',
  'histogram',
  'summary',
]);
const AGGREGATORS: ReadonlySet<unknown> = new Set<Family['aggregator']>([
  'sum',
  'first',
  'min',
  'max',
  'average',
  'omit',
]);

const isType = (value: unknown): value is Family['type'] => TYPES.has(value);
const isAggregator = (value: unknown): value is Family['aggregator'] => AGGREGATORS.has(value);

/** What is right of an answer, and how many values were not. */
export interface CheckedFamilies {
  readonly families: Families;
  readonly dropped: number;
}

const emptyFamily = ({ name, help, type, aggregator }: Fields): Family | undefined => {
  if (typeof name !== 'string' || name.length > LONGEST_NAME) return undefined;
  if (!FAMILY_NAME.test(name) || !isType(type)) return undefined;
  return {
    name,
    help: typeof help === 'string' ? help.slice(0, LONGEST_HELP) : '',
    type,
    aggregator: isAggregator(aggregator) ? aggregator : undefined,
    totals: new Map(),
    levels: new Map(),
  };
};

const boundOf = (le: unknown): Part | undefined => {
  if (le === '+Inf') return Infinity;
  const bound = typeof le === 'string' && le.trim() !== '' ? Number(le) : le;
  return typeof bound === 'number' && !Number.isNaN(bound) ? bound : undefined;
};

/** Which number of its series a value is; `level` where it goes up and down. */
const partOf = (family: Family, metricName: unknown, labels: Fields): Part | 'level' | undefined => {
  const { name, type } = family;
  const distributed = type === 'histogram' || type === 'summary';
  if (distributed && metricName === `${name}_sum`) return 'sum';
  if (distributed && metricName === `${name}_count`) return 'count';
  if (type === 'histogram') {
    return metricName === `${name}_bucket` ? boundOf(labels['le']) : undefined;
  }
  if (metricName !== undefined && metricName !== null && metricName !== name) return undefined;
  return type === 'counter' ? 'value' : 'level';
};

/** Takes a value in, or says that it is none. */
const takeValue = (family: Family, given: unknown): boolean => {
  if (!isFields(given)) return false;
  const { value, metricName, labels = {} } = given;
  if (typeof value !== 'number' || !Number.isFinite(value) || !isFields(labels)) return false;
  const part = partOf(family, metricName, labels);
  if (part === undefined || (value < 0 && part !== 'sum' && part !== 'level')) return false;
  const without = typeof part === 'number' ? 'le' : undefined;
  const key = keyOf(labels, without);
  if (key === undefined) return false;
  if (part === 'level') family.levels.set(key, { labels: copyOf(labels, without), value });
  else {
    const series = family.totals.get(key) ?? { labels: copyOf(labels, without), parts: new Map() };
    family.totals.set(key, series);
    series.parts.set(part, value);
  }
  return true;
};

class Answer implements CheckedFamilies {
  readonly families: Families = new Map();
  dropped = 0;
  #room = MOST_VALUES;

  take(given: unknown): void {
    const values = isFields(given) && Array.isArray(given['values']) ? given['values'] : [];
    const family = isFields(given) ? this.#familyOf(given) : undefined;
    if (family === undefined) {
      this.dropped += Math.max(1, values.length);
      return;
    }
    const taken = Math.min(values.length, this.#room);
    this.#room -= taken;
    this.dropped += values.length - taken;
    for (let i = 0; i < taken; i++) if (!takeValue(family, values[i])) this.dropped++;
  }

  /** Two registries of a process may each have some values of a family. */
  #familyOf(given: Fields): Family | undefined {
    const family = emptyFamily(given);
    if (family === undefined) return undefined;
    const known = this.families.get(family.name);
    if (known !== undefined) return known.type === family.type ? known : undefined;
    if (this.families.size >= MOST_FAMILIES) return undefined;
    this.families.set(family.name, family);
    return family;
  }
}

/**
 * Takes from what a worker sent the families and values that are sound, 50,000 values at the most. A value of a wrong
 * type, one that is not finite, or one with a label that Prometheus does not allow is left out, and counted. Undefined
 * where it is no list of families at all.
 */
export const checkFamilies = (given: unknown): CheckedFamilies | undefined => {
  if (!Array.isArray(given)) return undefined;
  const answer = new Answer();
  for (const each of given) answer.take(each);
  return answer;
};
