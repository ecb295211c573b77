import { consecutive } from '@holdfast/core';
import { RETRY_AFTER_FORMS } from '../server/retry-after-forms.ts';
import type { Row } from './rows.ts';

/** A status that is final at once. */
const final = (status: number, records: string): Row => ({
  fault: String(status),
  sees: [status === 204 ? '204' : `${status} said`],
  records,
  arrives: 1,
});

/** A status that is worth a second attempt, which ends no better; the caller has the last response whole. */
const repeated = (status: number, records: string): Row => ({
  ...final(status, records),
  arrives: 2,
  wait: 'at once',
});

/** What each form of the field makes of a retry whose deadline is two seconds away. */
const RETRIED_AFTER: Readonly<Record<keyof typeof RETRY_AFTER_FORMS, Row['wait']>> = {
  none: 'at once',
  zero: 'at once',
  'one-second': 'after 1 s',
  'imf-date': 'after 1 s',
  'rfc850-date': 'after 1 s',
  'asctime-date': 'after 1 s',
  'past-date': 'at once',
  garbage: 'at once',
  negative: 'at once',
  'beyond-the-deadline': 'none',
  huge: 'none',
};

/** Floor of the break, capped at `maxMs`; a break of its own is 300 ms here. */
const OPENS_FOR_MS: Readonly<Record<keyof typeof RETRY_AFTER_FORMS, number>> = {
  none: 300,
  zero: 300,
  'one-second': 1_000,
  'imf-date': 1_000,
  'rfc850-date': 1_000,
  'asctime-date': 1_000,
  'past-date': 300,
  garbage: 300,
  negative: 300,
  'beyond-the-deadline': 10_000,
  huge: 60_000,
};

const FORMS = Object.keys(RETRY_AFTER_FORMS) as (keyof typeof RETRY_AFTER_FORMS)[];

const retryAfter = (status: number): readonly Row[] =>
  FORMS.map((form) => {
    const wait = RETRIED_AFTER[form];
    const again = wait !== 'none';
    return {
      fault: `${status}-retry-after-${form}`,
      sees: [`${status} busy`],
      records: again ? 'FF' : 'F',
      arrives: again ? 2 : 1,
      wait,
    };
  });

const opening = (status: number): readonly Row[] =>
  FORMS.map((form) => ({
    fault: `${status}-retry-after-${form}`,
    title: `${status}-retry-after-${form}, opens the circuit`,
    sees: [`${status} busy`],
    records: 'F',
    arrives: 1,
    opensForMs: OPENS_FOR_MS[form],
    plan: {
      policies: {
        retry: false,
        breaker: { trip: consecutive(1), open: { baseMs: 300, maxMs: 60_000, jitter: 0 } },
      },
    },
  }));

/** Responses that come whole: their status decides, and what `Retry-After` asks for. */
export const RESPONSES: readonly Row[] = [
  final(200, 'S'),
  final(204, 'S'),
  final(404, 'S'),
  repeated(408, 'FF'),
  // Too early: worth another attempt, and no failure of the server's.
  repeated(425, 'SS'),
  repeated(429, 'FF'),
  repeated(500, 'FF'),
  // What is not implemented now will not be in a moment.
  final(501, 'F'),
  repeated(502, 'FF'),
  repeated(503, 'FF'),
  repeated(504, 'FF'),
  {
    fault: '503-once',
    sees: ['200 paid'],
    records: 'FS',
    arrives: 2,
    wait: 'at once',
    pipeline: { sees: ['503 busy'] },
  },
  { fault: 'trickle', sees: ['200 ........'], records: 'S', arrives: 1 },
  { fault: '103-then-200', sees: ['200 paid'], records: 'S', arrives: 1 },
  { fault: '103-then-500', sees: ['500 oops'], records: 'FF', arrives: 2 },
  ...retryAfter(429),
  ...retryAfter(503),
  ...opening(429),
  ...opening(503),
];
