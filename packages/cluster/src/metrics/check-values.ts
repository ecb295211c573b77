import { isFields, type Fields } from '../protocol/fields.ts';
import { copyOf, keyOf, wrongLabel } from './check-labels.ts';
import { plus, type Family, type Part } from './family.ts';

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

const putLevel = ({ levels }: Family, key: string, labels: Fields, value: number): void => {
  const level = levels.get(key);
  if (level === undefined) levels.set(key, { labels: copyOf(labels, undefined), values: [value] });
  else level.values.push(value);
};

const put = (family: Family, part: Part | 'level', value: number, labels: Fields): boolean => {
  const without = typeof part === 'number' ? 'le' : undefined;
  const key = keyOf(labels, without);
  if (key === undefined) return false;
  if (part === 'level') putLevel(family, key, labels, value);
  else {
    const series = family.totals.get(key) ?? { labels: copyOf(labels, without), parts: new Map() };
    family.totals.set(key, series);
    series.parts.set(part, plus(series.parts.get(part) ?? 0, value));
  }
  return true;
};

const show = (value: unknown): string => {
  if (value === null) return 'null, as which NaN and infinity come';
  return typeof value === 'number' ? String(value) : `a value of the type ${typeof value}`;
};

/** Takes a value in, or says what is wrong with it. Two of the same labels are added up, or joined as gauges are. */
export const takeValue = (family: Family, given: unknown): string | undefined => {
  if (!isFields(given)) return 'it has something among its values that is none';
  const { value, labels = {} } = given;
  if (!isFields(labels)) return 'a value has labels that are none';
  const part = partOf(family, given, labels);
  if (part === undefined) return `a value is no part of a ${family.type}`;
  // As NaN comes, of which a gauge has nothing to say yet; those of prom-client's own are such at first.
  if (value === null && family.type === 'gauge') return undefined;
  if (!mayBe(part, value)) return `no ${family.type} can be ${show(value)}`;
  return put(family, part, value, labels) ? undefined : wrongLabel(labels);
};
