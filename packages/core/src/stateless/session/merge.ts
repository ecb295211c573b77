import { parseObject } from './json.ts';
import type { JsonObject } from './types.ts';

/** A change of an object, both sides as JSON. */
export interface Change {
  readonly base: string;
  readonly mine: string;
}

/** Two changes of one object made into one. */
export interface Merged {
  readonly data: JsonObject;
  /** How many top-level names both changed, and not to the same. */
  readonly parts: number;
}

const NOTHING: JsonObject = Object.freeze(Object.create(null));

const objectOf = (json: string): JsonObject => parseObject(json) ?? NOTHING;

/** Undefined where there is none, as in JSON. */
const partOf = (data: JsonObject, name: string): string | undefined => JSON.stringify(data[name]);

const put = (data: JsonObject, name: string, value: unknown): void => {
  if (value === undefined) delete data[name];
  else data[name] = value;
};

/**
 * Puts my change on top of what others made of the same base, name by name at the top level; what I changed
 * holds.
 */
export const merged = (change: Change, others: string): Merged => {
  const base = objectOf(change.base);
  const mine = objectOf(change.mine);
  const theirs = objectOf(others);
  const data: JsonObject = Object.create(null);
  for (const name of Object.keys(theirs)) data[name] = theirs[name];
  let parts = 0;
  for (const name of new Set([...Object.keys(base), ...Object.keys(mine)])) {
    const [was, is, other] = [partOf(base, name), partOf(mine, name), partOf(theirs, name)];
    if (is === was || is === other) continue;
    if (other !== was) parts++;
    put(data, name, mine[name]);
  }
  return { data, parts };
};

/** Brings `data`, in its place, from `base` to what was stored; leaves alone what was changed since. */
export const adopt = (data: JsonObject, base: string, stored: string): void => {
  const old = objectOf(base);
  const now = objectOf(stored);
  for (const name of new Set([...Object.keys(old), ...Object.keys(now)])) {
    if (partOf(data, name) === partOf(old, name)) put(data, name, now[name]);
  }
};
