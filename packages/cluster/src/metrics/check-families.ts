import { isFields, type Fields } from '../protocol/fields.ts';
import { isHistogram } from './check-histogram.ts';
import { takeValue } from './check-values.ts';
import { Dropped } from './dropped.ts';
import type { Families, Family } from './family.ts';
import { joinInto } from './join-families.ts';
import { sampleNames } from './sample-names.ts';

const FAMILY_NAME = /^[A-Za-z_:][A-Za-z0-9_:]*$/;
const LONGEST_NAME = 200;
const LONGEST_HELP = 1_024;
const MOST_FAMILIES = 2_000;
const MOST_VALUES = 50_000;
/** So that a family out of hand leaves room for others. */
const MOST_VALUES_OF_FAMILY = 20_000;
/** The last has all that come after it. */
const MOST_SOURCES = 16;

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

/** What is right of an answer, and what is not. */
export interface CheckedFamilies {
  /** By source, the number that a worker has given it. */
  readonly sources: ReadonlyMap<number, Families>;
  readonly dropped: Dropped;
}

/** Registries of prom-client take what every object has for a metric of theirs: one such name, and there is no text. */
const isFree = (name: string): boolean => !(name in Object.prototype);

const isName = (name: unknown): name is string =>
  typeof name === 'string' && name.length <= LONGEST_NAME && FAMILY_NAME.test(name) && isFree(name);

/** Or what is wrong with it. */
const emptyFamily = ({ name, help, type, aggregator }: Fields): Family | string => {
  if (!isName(name)) return 'no metric may have such a name';
  if (!isType(type)) return 'it is no counter, gauge, histogram or summary';
  return {
    name,
    help: typeof help === 'string' ? help.slice(0, LONGEST_HELP) : '',
    type,
    aggregator: isAggregator(aggregator) ? aggregator : undefined,
    totals: new Map(),
    levels: new Map(),
  };
};

const nameOf = ({ name }: Fields): string =>
  typeof name === 'string' ? name.slice(0, LONGEST_NAME) : '';

const valuesOf = ({ values }: Fields): readonly unknown[] => (Array.isArray(values) ? values : []);

const sourceOf = ({ source }: Fields): number =>
  typeof source === 'number' && source > 0 ? Math.min(Math.floor(source), MOST_SOURCES - 1) : 0;

class Answer {
  readonly dropped: Dropped = new Dropped();
  readonly sources: Map<number, Families> = new Map();
  #room = MOST_VALUES;
  readonly #types: Map<string, Family['type']> = new Map();
  readonly #names: Set<string> = new Set();

  take(given: unknown): void {
    if (!isFields(given)) return this.dropped.add('', 'it is none', 1);
    const values = valuesOf(given);
    const family = this.#familyOf(given);
    if (typeof family === 'string')
      return this.dropped.add(nameOf(given), family, Math.max(1, values.length));
    this.#takeValues(family, values);
    this.#dropContradictions(family);
    this.#put(sourceOf(given), family);
  }

  #takeValues(family: Family, values: readonly unknown[]): void {
    const { name } = family;
    const taken = Math.min(values.length, this.#room, MOST_VALUES_OF_FAMILY);
    this.#room -= taken;
    for (let i = 0; i < taken; i++) {
      const wrong = takeValue(family, values[i]);
      if (wrong !== undefined) this.dropped.add(name, wrong, 1);
    }
    const limits = `${MOST_VALUES_OF_FAMILY} values of a metric, ${MOST_VALUES} of a worker`;
    this.dropped.add(name, `there are more than ${limits}`, values.length - taken);
  }

  #dropContradictions({ name, type, totals }: Family): void {
    if (type !== 'histogram') return;
    for (const [key, { parts }] of totals) {
      if (isHistogram(parts)) continue;
      totals.delete(key);
      this.dropped.add(name, 'its buckets and its count contradict one another', parts.size);
    }
  }

  #familyOf(given: Fields): Family | string {
    const family = emptyFamily(given);
    if (typeof family === 'string') return family;
    const { name, type } = family;
    const names = sampleNames(family);
    const known = this.#types.get(name);
    if (known === type) return family;
    if (known !== undefined || names.some((each) => this.#names.has(each)))
      return 'another metric of this worker has its name, or that of one of its samples';
    if (this.#types.size >= MOST_FAMILIES) return `there are more than ${MOST_FAMILIES} metrics`;
    for (const each of names) this.#names.add(each);
    this.#types.set(name, type);
    return family;
  }

  /** Two registries of a process may each have the same family. */
  #put(source: number, family: Family): void {
    const families = this.sources.get(source) ?? new Map<string, Family>();
    this.sources.set(source, families);
    const same = families.get(family.name);
    if (same === undefined) families.set(family.name, family);
    else joinInto(same, family);
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
  const { sources, dropped } = answer;
  return { sources, dropped };
};
