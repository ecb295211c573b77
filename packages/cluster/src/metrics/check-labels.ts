import type { Fields } from '../protocol/fields.ts';
import type { Labels } from './family.ts';

const LABEL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const MOST_LABELS = 32;
const LONGEST_LABEL = 1_024;

const textOf = (value: unknown): string | undefined => {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value.length <= LONGEST_LABEL ? value : undefined;
};

/** Names that begin with two underscores are Prometheus's own; `__proto__` is among them. */
const isName = (name: string): boolean =>
  name.length <= LONGEST_LABEL && LABEL_NAME.test(name) && !name.startsWith('__');

/**
 * The same text for the same labels in any order, and another for others. Undefined where a name or a value is none
 * that a label may have.
 */
export const keyOf = (labels: Fields, without: string | undefined): string | undefined => {
  const names = Object.keys(labels);
  if (names.length > MOST_LABELS) return undefined;
  let key = '';
  for (const name of names.sort()) {
    if (name === without) continue;
    const text = textOf(labels[name]);
    if (text === undefined || !isName(name)) return undefined;
    // The length says where the value ends, whatever it holds.
    key += `${name}=${text.length}:${text}`;
  }
  return key;
};

/** What is wrong with labels that have no key. */
export const wrongLabel = (labels: Fields): string => {
  const names = Object.keys(labels);
  if (names.length > MOST_LABELS) return `a value has more than ${MOST_LABELS} labels`;
  const name = names.find((each) => !isName(each) || textOf(labels[each]) === undefined) ?? '';
  const label = `a value has a label ${JSON.stringify(name.slice(0, 100))}`;
  return isName(name)
    ? `${label} that is no number and no text of up to ${LONGEST_LABEL} letters`
    : `${label}, a name that none may have`;
};

/** A copy of labels that have a key. */
export const copyOf = (labels: Fields, without: string | undefined): Labels =>
  Object.fromEntries(
    Object.entries(labels).flatMap(([name, value]) =>
      name === without ? [] : [[name, typeof value === 'number' ? value : String(value)]],
    ),
  );
