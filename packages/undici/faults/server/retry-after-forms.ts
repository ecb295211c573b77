const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** `Sunday, 06-Nov-94 08:49:37 GMT`, which recipients must still read (RFC 9110, 5.6.7). */
const rfc850 = (at: Date): string => {
  const [, day, month, year, time] = at.toUTCString().split(' ');
  return `${DAYS[at.getUTCDay()]}, ${day}-${month}-${year?.slice(2)} ${time} GMT`;
};

/** `Sun Nov  6 08:49:37 1994`, as C's asctime writes it. */
const asctime = (at: Date): string => {
  const [weekday, , month, year, time] = at.toUTCString().split(' ');
  const day = String(at.getUTCDate()).padStart(2);
  return `${weekday?.slice(0, 3)} ${month} ${day} ${time} ${year}`;
};

const later = (now: Date, ms: number): Date => new Date(now.getTime() + ms);

/** Each form that a `Retry-After` may have; undefined for a response without one. */
export const RETRY_AFTER_FORMS = {
  none: () => undefined,
  zero: () => '0',
  'one-second': () => '1',
  'imf-date': (now) => later(now, SECOND_MS).toUTCString(),
  'rfc850-date': (now) => rfc850(later(now, SECOND_MS)),
  'asctime-date': (now) => asctime(later(now, SECOND_MS)),
  'past-date': (now) => later(now, -HOUR_MS).toUTCString(),
  garbage: () => 'in a while',
  negative: () => '-1',
  'beyond-the-deadline': () => '10',
  huge: () => '99999999',
} satisfies Record<string, (now: Date) => string | undefined>;
