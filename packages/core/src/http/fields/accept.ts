import { parameterOf, splitOutsideQuotes, trimmed, type Parameter } from './quoted.ts';

/** Longer than any browser's; what is longer is not worth the time to read it. */
const LONGEST_VALUE = 2_048;

const QUALITY = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

/** What we can answer with. */
interface Media {
  readonly type: string;
  /** A type that means it too where nothing closer is said. */
  readonly relative?: string;
  /** Any type of its kind. */
  readonly family: string;
  /** A parameter that may be asked for. */
  readonly parameter?: Parameter;
}

const PLAIN_TEXT: Media = {
  type: 'text/plain',
  family: 'text/*',
  parameter: ['charset', 'utf-8'],
};
const PROBLEM: Media = {
  type: 'application/problem+json',
  // Whoever reads it reads a problem too.
  relative: 'application/json',
  family: 'application/*',
};

/** A media range and its weight (RFC 9110, 12.5.1). */
interface Range {
  readonly type: string;
  readonly parameters: readonly Parameter[];
  readonly quality: number;
}

const parametersOf = (texts: readonly string[]): Parameter[] | undefined => {
  const parameters: Parameter[] = [];
  for (const text of texts.map(trimmed)) {
    if (text === '') continue;
    const parameter = parameterOf(text);
    if (parameter === undefined) return undefined;
    parameters.push(parameter);
  }
  return parameters;
};

const rangeOf = (element: string): Range | undefined => {
  const [type = '', ...rest] = splitOutsideQuotes(element, ';');
  const parameters = parametersOf(rest);
  if (parameters === undefined) return undefined;
  const at = parameters.findIndex(([name]) => name === 'q');
  const weight = parameters[at]?.[1] ?? '1';
  if (!QUALITY.test(weight)) return undefined;
  return {
    type: trimmed(type).toLowerCase(),
    // What stands behind the weight is an extension of an older RFC, and no part of the range.
    parameters: at < 0 ? parameters : parameters.slice(0, at),
    quality: Number(weight),
  };
};

const hasParameter = (media: Media, [name, value]: Parameter): boolean =>
  media.parameter?.[0] === name && media.parameter[1] === value.toLowerCase();

/** How closely a range describes what we have: from 1 for `*`/`*` to 5; 0 where it is not meant. */
const precisionOf = ({ type, parameters }: Range, media: Media): number => {
  if (!parameters.every((parameter) => hasParameter(media, parameter))) return 0;
  if (type === media.type) return parameters.length === 0 ? 4 : 5;
  if (type === media.relative) return 3;
  if (type === media.family) return 2;
  return type === '*/*' ? 1 : 0;
};

/** The weight of the range that describes it most closely; 0 where none does. */
const qualityOf = (ranges: readonly Range[], media: Media): number => {
  let closest = 0;
  let quality = 0;
  for (const range of ranges) {
    const precision = precisionOf(range, media);
    if (precision === 0 || precision < closest) continue;
    quality = precision > closest ? range.quality : Math.max(quality, range.quality);
    closest = precision;
  }
  return quality;
};

/**
 * Whether an `Accept` field (RFC 9110, 12.5.1) gives `text/plain` a higher weight than
 * `application/problem+json`, which `application/json` means too; for each, the range that describes it most closely counts. False where
 * both weigh the same, and for a field that is missing or longer than 2,048 characters. Malformed ranges
 * are left aside. Never throws.
 */
export const prefersPlainText = (accept: string | undefined): boolean => {
  if (typeof accept !== 'string' || accept.length > LONGEST_VALUE) return false;
  const elements = splitOutsideQuotes(accept, ',');
  const ranges = elements.map(rangeOf).filter((range) => range !== undefined);
  return qualityOf(ranges, PLAIN_TEXT) > qualityOf(ranges, PROBLEM);
};
