/** An invalid option: says which, what it was given, and what is allowed. */
const invalid = <E extends Error>(
  error: E,
  option: string,
): E & { readonly code: 'HF_INVALID_OPTION'; readonly option: string } =>
  Object.assign(error, { code: 'HF_INVALID_OPTION' as const, option });

const show = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
};

const sentence = (option: string, value: unknown, allowed: string): string =>
  `option "${option}" is ${show(value)}; allowed: ${allowed}`;

/** A value of the wrong type, or an option nobody knows. */
export const wrongType = (option: string, value: unknown, allowed: string): TypeError =>
  invalid(new TypeError(sentence(option, value, allowed)), option);

/** A number out of its range, or two options that contradict each other. */
export const outOfRange = (option: string, value: unknown, allowed: string): RangeError =>
  invalid(new RangeError(sentence(option, value, allowed)), option);

/** The value of an option, or its default where there is none; `null` is a value, and a wrong one. */
export const given = <T>(value: T | undefined, fallback: T): T =>
  value === undefined ? fallback : value;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Throws unless `value` is an options object, whatever its keys. */
export const assertRecord: (where: string, value: unknown) => asserts value is object = (
  where,
  value,
) => {
  if (!isRecord(value)) throw wrongType(where, value, 'an object');
};

/** Throws unless `value` is a plain options object with known keys only. */
export const assertOptions = (where: string, value: unknown, known: readonly string[]): void => {
  if (!isRecord(value)) throw wrongType(where, value, 'an object');
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw wrongType(`${where}.${key}`, value[key], `one of ${known.join(', ')}`);
    }
  }
};

/** The range of a number. Limits count as inside, `above` and `below` as outside. */
export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
  readonly above?: number;
  readonly below?: number;
  readonly whole?: boolean;
}

const rangeText = (range: NumberRange): string => {
  const parts = [range.whole === true ? 'a whole number' : 'a finite number'];
  if (range.above !== undefined) parts.push(`above ${range.above}`);
  if (range.min !== undefined) parts.push(`from ${range.min}`);
  if (range.max !== undefined) parts.push(`up to ${range.max}`);
  if (range.below !== undefined) parts.push(`below ${range.below}`);
  return parts.join(' ');
};

const isInside = (value: number, range: NumberRange): boolean => {
  const { min = -Infinity, max = Infinity, above = -Infinity, below = Infinity } = range;
  const finite = range.whole === true ? Number.isInteger(value) : Number.isFinite(value);
  return finite && value >= min && value <= max && value > above && value < below;
};

/** Returns the number, or throws naming the option, the value and the range. */
export const numberIn = (option: string, value: unknown, range: NumberRange): number => {
  if (typeof value !== 'number') throw wrongType(option, value, rangeText(range));
  if (!isInside(value, range)) throw outOfRange(option, value, rangeText(range));
  return value;
};

export const booleanOf = (option: string, value: unknown): boolean => {
  if (typeof value !== 'boolean') throw wrongType(option, value, 'true or false');
  return value;
};

/** A non-empty string. */
export const nameOf = (option: string, value: unknown): string => {
  if (typeof value !== 'string' || value === '')
    throw wrongType(option, value, 'a non-empty string');
  return value;
};

export const oneOf = <T extends string>(option: string, value: T, allowed: readonly T[]): T => {
  if (!allowed.includes(value))
    throw wrongType(option, value, allowed.map((word) => `"${word}"`).join(' or '));
  return value;
};

/** Throws unless `value` is undefined or a function. */
export const assertFunction = (option: string, value: unknown): void => {
  if (value !== undefined && typeof value !== 'function')
    throw wrongType(option, value, 'a function');
};
