const SECONDS = /^\d+$/;

/** The three forms of date that a recipient must read (RFC 9110, 5.6.7). */
const IMF_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const RFC_850_DATE = /^[A-Z][a-z]+day, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/;
const ASCTIME_DATE = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/** An HTTP date as milliseconds since 1970; NaN for anything else. */
export const parseHttpDate = (value: string): number => {
  const date = value.trim();
  if (IMF_DATE.test(date) || RFC_850_DATE.test(date)) return Date.parse(date);
  return ASCTIME_DATE.test(date) ? Date.parse(`${date} GMT`) : Number.NaN;
};

/**
 * Reads a `Retry-After` field (RFC 9110, 10.2.3), whole seconds or an HTTP date, as milliseconds to
 * wait; 0 for a date that has passed, undefined for what is neither. `sentAtMs` is when the response
 * was sent by the clock that made the date (its `Date` field; the clocks of two machines differ).
 */
export const parseRetryAfter = (value: string, sentAtMs: number): number | undefined => {
  const field = value.trim();
  if (SECONDS.test(field)) return Number(field) * 1_000;
  const ms = parseHttpDate(field) - sentAtMs;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
};
