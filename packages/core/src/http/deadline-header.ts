import { numberIn, oneOf } from '../options/validate.ts';

/**
 * A request field that tells the server how many milliseconds its caller will still wait, relative to
 * when the request was sent, so that two clocks need not agree. `Request-Timeout` is not among them:
 * it means seconds in some places and milliseconds in others.
 */
export type DeadlineHeader =
  | 'x-request-timeout-ms'
  | 'grpc-timeout'
  | 'x-envoy-expected-rq-timeout-ms';

/** The fields that can carry what is left of a deadline. */
export const DEADLINE_HEADERS: readonly DeadlineHeader[] = [
  'x-request-timeout-ms',
  'grpc-timeout',
  'x-envoy-expected-rq-timeout-ms',
];

/** Above 30,000 years, and still exact as a number. */
const MOST_MS = 999_999_999_999_999;
const WHOLE_MS = /^\d{1,15}$/;

/** gRPC over HTTP/2: at most eight digits and a unit. */
const MOST_UNITS = 99_999_999;
const GRPC_TIMEOUT = /^(\d{1,8})([HMSmun])$/;

/** The last whole number of a unit with eight digits that the next unit can tell, too: else more would be told as less. */
const MOST_SIXTIETHS = 99_999_960;

const WRITTEN_UNITS: readonly (readonly [unit: string, ms: number, most: number])[] = [
  ['m', 1, MOST_UNITS],
  ['S', 1_000, MOST_SIXTIETHS],
  ['M', 60_000, MOST_SIXTIETHS],
  ['H', 3_600_000, MOST_UNITS],
];
const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ...WRITTEN_UNITS.map(([unit, ms]): [string, number] => [unit, ms]),
  ['u', 1e-3],
  ['n', 1e-6],
]);

/** In the finest unit in which the number has no more than eight digits. */
const formatGrpc = (wholeMs: number): string => {
  for (const [unit, ms, most] of WRITTEN_UNITS) {
    const units = Math.floor(wholeMs / ms);
    if (units <= most) return `${units}${unit}`;
  }
  return `${MOST_UNITS}H`;
};

/**
 * What is left of a deadline as the value of `header`: whole milliseconds, rounded down so that the
 * server never works longer than it is waited for; at least 1, because 0 means "no limit" to some.
 * `grpc-timeout` turns to seconds, minutes, hours where eight digits are too few. What no field can
 * hold is shortened to the longest it can. Throws `TypeError` or `RangeError` for an unknown header and
 * for anything but a finite number from 0; leave the field away where there is no deadline.
 */
export const formatDeadline = (header: DeadlineHeader, remainingMs: number): string => {
  oneOf('header', header, DEADLINE_HEADERS);
  const wholeMs = Math.max(1, Math.floor(numberIn('remainingMs', remainingMs, { min: 0 })));
  return header === 'grpc-timeout' ? formatGrpc(wholeMs) : `${Math.min(wholeMs, MOST_MS)}`;
};

const parseMs = (value: string): number => (WHOLE_MS.test(value) ? Number(value) : 0);

const parseGrpc = (value: string): number => {
  const [, digits, unit] = GRPC_TIMEOUT.exec(value) ?? [];
  return Number(digits ?? 0) * (UNIT_MS.get(unit ?? '') ?? 0);
};

/**
 * How long the caller will still wait, in milliseconds (fractions only from `grpc-timeout` in micro-
 * and nanoseconds). Strict, since anybody may have written it: undefined for a field that is missing or
 * malformed, and for 0, which gRPC does not allow and Envoy takes for "no limit". Trust it only to make
 * a limit of one's own shorter. Throws `TypeError` for an unknown header, and for no value.
 */
export const parseDeadline = (
  header: DeadlineHeader,
  value: string | undefined,
): number | undefined => {
  oneOf('header', header, DEADLINE_HEADERS);
  if (typeof value !== 'string') return undefined;
  const ms = header === 'grpc-timeout' ? parseGrpc(value) : parseMs(value);
  return ms > 0 ? ms : undefined;
};
