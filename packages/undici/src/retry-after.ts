type Fields = Readonly<Record<string, string | readonly string[] | undefined>>;

const SECONDS = /^\d+$/;
/** `Sun, 06 Nov 1994 08:49:37 GMT`, the one form of date that senders may generate (RFC 9110, 5.6.7). */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

const fieldOf = (headers: Fields, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' ? value.trim() : value?.[0]?.trim();
};

const timeOf = (date: string | undefined): number =>
  date !== undefined && HTTP_DATE.test(date) ? Date.parse(date) : Number.NaN;

/**
 * How long the response asks to be left alone (RFC 9110, 10.2.3), in milliseconds; 0 for a date that
 * has passed, undefined when the field is missing or malformed. A date is measured against the
 * response's own `Date`, because the clocks of two machines differ; without one it says nothing.
 */
export const retryAfterMs = (headers: Fields): number | undefined => {
  const value = fieldOf(headers, 'retry-after');
  if (value === undefined) return undefined;
  if (SECONDS.test(value)) return Number(value) * 1_000;
  const ms = timeOf(value) - timeOf(fieldOf(headers, 'date'));
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
};
