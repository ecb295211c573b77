import {
  DEADLINE_HEADERS,
  formatDeadline,
  parseDeadline,
  retryAfterMs,
  type DeadlineHeader,
} from '../src/http/index.ts';
import { meaningOf, type Target } from './target.ts';

/** As many whole milliseconds as every one of the fields holds exactly. */
const EXACT_DIGITS = 8;

const SAMPLES: Readonly<Record<DeadlineHeader, readonly string[]>> = {
  'x-request-timeout-ms': ['1', '250', '30000', '999999999999999'],
  'grpc-timeout': ['1n', '100u', '250m', '30S', '5M', '99999999H'],
  'x-envoy-expected-rq-timeout-ms': ['1', '15000'],
};

const notANumber = (value: number | undefined, least: number): string | undefined =>
  value === undefined || value >= least ? undefined : `no duration is ${value}`;

const deadline = (header: DeadlineHeader): Target<number | undefined> => ({
  name: header,
  samples: SAMPLES[header],
  letters: '0123456789HMSmun',
  read: (text) => parseDeadline(header, text),
  accepts: (value) => value !== undefined,
  complaint: (value) =>
    value === Infinity ? 'a deadline without end' : notANumber(value, Number.MIN_VALUE),
  write: (chance) => {
    const ms = 1 + chance.below(10 ** chance.below(EXACT_DIGITS));
    return { text: formatDeadline(header, ms), meaning: meaningOf(ms) };
  },
});

const SENT = 'Sun, 06 Nov 1994 08:49:37 GMT';

const retryAfter: Target<number | undefined> = {
  name: 'Retry-After',
  samples: ['0', '120', SENT, 'Sunday, 06-Nov-94 08:50:07 GMT', 'Sun Nov  6 08:50:07 1994'],
  letters: '0123456789:, -GMTSunovday',
  read: (text) => retryAfterMs({ 'retry-after': text, date: SENT }),
  accepts: (value) => value !== undefined,
  complaint: (value) => notANumber(value, 0),
  write: (chance) => {
    const seconds = chance.magnitude(9);
    const date = new Date(Date.parse(SENT) + seconds * 1_000).toUTCString();
    return { text: chance.once(2) ? date : `${seconds}`, meaning: meaningOf(seconds * 1_000) };
  },
};

/** Fields that say how long. */
export const TIME_TARGETS: readonly Target[] = [...DEADLINE_HEADERS.map(deadline), retryAfter];
