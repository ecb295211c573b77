import { isFields, type Fields } from '../protocol/fields.ts';
import { isHistogram } from './check-histogram.ts';
import { copyOf, keyOf } from './check-labels.ts';
import type { Families, Family, Part } from './family.ts';
import { sampleNames } from './sample-names.ts';

const FAMILY_NAME = /^[A-Za-z_:][A-Za-z0-9_:]*$/;
const LONGEST_NAME = 200;
const LONGEST_HELP = 1_024;
const MOST_FAMILIES = 2_000;
const MOST_VALUES = 50_000;
/** So that a family out of hand leaves room for others. */
const MOST_VALUES_OF_FAMILY = 20_000;

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

const numberOf = (label: unknown): number | undefined => {
  if (label === '+Inf') return Infinity;
  const number = typeof label === 'string' && label.trim() !== '' ? Number(label) : label;
  return typeof number === 'number' && !Number.isNaN(number) ? number : undefined;
};

const levelOf = (quantile: unknown): 'level' | undefined => {
  const number = numberOf(quantile) ?? -1;
  return number >= 0 && number <= 1 ? 'level' : undefined;
};

type Ending = Part | 'level' | 'bucket' | 'quantile';

/** Which number of its series a value is by the end of its name; `level` goes up and down. */
const PARTS: Readonly<Record<Family['type'], ReadonlyMap<string, Ending>>> = {
  counter: new Map([['', 'value']]),
  gauge: new Map([['', 'level']]),
  histogram: new Map([
    ['_bucket', 'bucket'],
    ['_sum', 'sum'],
    ['_count', 'count'],
  ]),
  summary: new Map([
    ['', 'quantile'],
    ['_sum', 'sum'],
    ['_count', 'count'],
  ]),
};

const partOf = (
  { name, type }: Family,
  value: Fields,
  labels: Fields,
): Part | 'level' | undefined => {
  const full = value['metricName'] ?? name;
  if (typeof full !== 'string' || !full.startsWith(name)) return undefined;
  const ending = PARTS[type].get(full.slice(name.length));
  if (ending === 'bucket') return numberOf(labels['le']);
  return ending === 'quantile' ? levelOf(labels['quantile']) : ending;
};

const mayBe = (part: Part | 'level', value: unknown): value is number =>
  typeof value === 'number' &&
  Number.isFinite(value) &&
  (value >= 0 || part === 'sum' || part === 'level');

const put = (family: Family, part: Part | 'level', value: number, labels: Fields): boolean => {
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

/** Takes a value in, or says that it is none. */
const takeValue = (family: Family, given: unknown): boolean => {
  if (!isFields(given)) return false;
  const { value, labels = {} } = given;
  if (!isFields(labels)) return false;
  const part = partOf(family, given, labels);
  return part !== undefined && mayBe(part, value) && put(family, part, value, labels);
};

class Answer implements CheckedFamilies {
  readonly families: Families = new Map();
  dropped = 0;
  #room = MOST_VALUES;
  readonly #names = new Set<string>();

  take(given: unknown): void {
    const values = isFields(given) && Array.isArray(given['values']) ? given['values'] : [];
    const family = isFields(given) ? this.#familyOf(given) : undefined;
    if (family === undefined) {
      this.dropped += Math.max(1, values.length);
      return;
    }
    const taken = Math.min(values.length, this.#room, MOST_VALUES_OF_FAMILY);
    this.#room -= taken;
    this.dropped += values.length - taken;
    for (let i = 0; i < taken; i++) if (!takeValue(family, values[i])) this.dropped++;
  }

  /** What can be seen once all values are there. */
  end(): void {
    for (const { type, totals } of this.families.values()) {
      if (type !== 'histogram') continue;
      for (const [key, { parts }] of totals) {
        if (isHistogram(parts)) continue;
        totals.delete(key);
        this.dropped += parts.size;
      }
    }
  }

  /** Two registries of a process may each have some values of a family. */
  #familyOf(given: Fields): Family | undefined {
    const family = emptyFamily(given);
    if (family === undefined) return undefined;
    const known = this.families.get(family.name);
    if (known !== undefined) return known.type === family.type ? known : undefined;
    const names = sampleNames(family);
    if (this.families.size >= MOST_FAMILIES || names.some((name) => this.#names.has(name)))
      return undefined;
    for (const name of names) this.#names.add(name);
    this.families.set(family.name, family);
    return family;
  }
}

/**
 * Takes from what a worker sent the families and values that are sound, 50,000 values at the most and 20,000 of a
 * family. A value of a wrong type, one that is not finite, or one with a label that Prometheus does not allow is left
 * out, and counted; so are a histogram whose buckets and count contradict one another, and a family that has a name of
 * another's samples. Undefined where it is no list of families at all.
 */
export const checkFamilies = (given: unknown): CheckedFamilies | undefined => {
  if (!Array.isArray(given)) return undefined;
  const answer = new Answer();
  for (const each of given) answer.take(each);
  answer.end();
  return answer;
};
