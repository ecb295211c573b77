import { parseHttpDate, parseRetryAfter } from '../retry/retry-after.ts';

type Fields = Readonly<Record<string, string | readonly string[] | undefined>>;

const fieldOf = (headers: Fields, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
};

/**
 * How long the response asks to be left alone (RFC 9110, 10.2.3), in milliseconds; 0 for a date that
 * has passed, undefined when the field is missing or malformed. A date is measured against the
 * response's own `Date`, because the clocks of two machines differ; without one it says nothing.
 * Names of fields are in lower case, as Node and undici give them; of several fields the first counts.
 */
export const retryAfterMs = (headers: Fields): number | undefined => {
  const value = fieldOf(headers, 'retry-after');
  if (value === undefined) return undefined;
  return parseRetryAfter(value, parseHttpDate(fieldOf(headers, 'date') ?? ''));
};
