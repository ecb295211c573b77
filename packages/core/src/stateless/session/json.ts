import { HoldfastError } from '../../errors.ts';
import type { JsonObject } from './types.ts';

/** What the JSON of a session may be. */
export interface JsonLimits {
  /** Whose it is, for errors. */
  readonly name: string;
  readonly maxBytes: number;
  readonly maxDepth: number;
}

/** Names through which a careless copy would reach a prototype. */
const REACHING = new Set(['__proto__', 'constructor', 'prototype']);
/** Also an escape, which could spell one of them. */
const MAY_REACH = /__proto__|constructor|prototype|\\u/;

const withoutReaching = (name: string, value: unknown): unknown =>
  REACHING.has(name) ? undefined : value;

const parsed = (json: string): unknown => {
  try {
    // A reviver makes it ten times as slow, and hardly any session needs one.
    return MAY_REACH.test(json) ? JSON.parse(json, withoutReaching) : JSON.parse(json);
  } catch {
    return undefined; // damaged, or nested too deep for a reviver
  }
};

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object without a prototype; undefined for what is no JSON object. */
export const parseObject = (json: string): JsonObject | undefined => {
  const value = parsed(json);
  if (!isObject(value)) return undefined;
  const data: JsonObject = Object.create(null);
  for (const name of Object.keys(value)) data[name] = value[name];
  return data;
};

/** What JSON makes an empty object of, unless it says itself what it is. */
const EMPTIED = [Map, Set, WeakMap, WeakSet, RegExp, Error, Promise, ArrayBuffer];

/** Nearly all are, and need no closer look. */
const isPlain = (value: object): boolean =>
  Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;

/** `whole`: before its `toJSON`. */
const lossOfObject = (whole: unknown, value: unknown): string | undefined => {
  if (typeof whole !== 'object' || whole === null) return undefined;
  if (whole === value && isPlain(whole)) return undefined;
  if (ArrayBuffer.isView(whole)) return 'binary data';
  if (whole instanceof Date && value === null) return 'an invalid Date';
  return EMPTIED.find((kind) => value instanceof kind)?.name;
};

const lossOfValue = (holder: unknown, value: unknown): string | undefined => {
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint')
    return `a ${typeof value}`;
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value === undefined && Array.isArray(holder) ? 'undefined in an array' : undefined;
};

/** Why JSON would lose a value without a word; undefined where it would not. */
const lossOf = (holder: JsonObject, name: string, value: unknown): string | undefined =>
  REACHING.has(name)
    ? 'a name that is never read back'
    : (lossOfObject(holder[name], value) ?? lossOfValue(holder, value));

function lossless(this: JsonObject, name: string, value: unknown): unknown {
  const loss = lossOf(this, name, value);
  if (loss !== undefined)
    throw new TypeError(`session data: ${JSON.stringify(name)} is ${loss}, which JSON cannot hold`);
  return value;
}

/** So deep it is looked at whether all of it is simple. */
const LEVELS = 16;

const isSimpleObject = (whole: object, levels: number): boolean => {
  if (levels === 0) return false;
  if (Array.isArray(whole)) return areSimple(whole, levels);
  const prototype: unknown = Object.getPrototypeOf(whole);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return (
    !Object.keys(whole).some((name) => REACHING.has(name)) &&
    areSimple(Object.values(whole), levels)
  );
};

const areSimple = (values: readonly unknown[], levels: number): boolean => {
  for (const value of values) if (!isSimple(value, levels - 1)) return false;
  return true;
};

/**
 * Whether JSON holds all of it as it is. Most sessions are so, and to look at each value as it is written takes
 * several times as long.
 */
const isSimple = (value: unknown, levels: number): boolean => {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      return value === null || isSimpleObject(value, levels);
    default:
      return false;
  }
};

const tooLarge = (name: string): HoldfastError =>
  new HoldfastError({ code: 'HF_SESSION_TOO_LARGE', policy: name });

/**
 * The JSON of it, whatever its size; throws `TypeError` for what JSON does not know or runs in a circle. A `Date`
 * becomes a text, and comes back as one.
 */
export const jsonOf = (data: JsonObject, { name }: JsonLimits): string => {
  try {
    return isSimple(data, LEVELS) ? JSON.stringify(data) : JSON.stringify(data, lossless);
  } catch (error) {
    // So deep that there is no stack for it, or so long that there is no string for it.
    throw error instanceof RangeError ? tooLarge(name) : error;
  }
};

/** The index of the quote that ends the string which begins at `start`. */
const endOfString = (json: string, start: number): number => {
  let end = json.indexOf('"', start + 1);
  for (; isEscaped(json, end); end = json.indexOf('"', end + 1));
  return end;
};

const isEscaped = (json: string, at: number): boolean => {
  let first = at;
  while (json[first - 1] === '\\') first--;
  return (at - first) % 2 === 1;
};

const [QUOTE, BRACE, BRACKET, BRACE_END, BRACKET_END] = Array.from('"{[}]', (letter) =>
  letter.charCodeAt(0),
);

const depthOf = (json: string): number => {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < json.length; at++) {
    const letter = json.charCodeAt(at);
    if (letter === QUOTE) at = endOfString(json, at);
    else if (letter === BRACE || letter === BRACKET) deepest = Math.max(deepest, ++depth);
    else if (letter === BRACE_END || letter === BRACKET_END) depth--;
  }
  return deepest;
};

/** Throws `HF_SESSION_TOO_LARGE` for JSON of more bytes or deeper than it may be. */
export const assertSize = (json: string, { name, maxBytes, maxDepth }: JsonLimits): void => {
  if (Buffer.byteLength(json) > maxBytes || depthOf(json) > maxDepth) throw tooLarge(name);
};
