import { deadline, type DeadlineOptions } from '../../deadline/deadline.ts';
import { clockOf } from '../../options/time-and-chance.ts';
import {
  assertOptions,
  booleanOf,
  given,
  numberIn,
  oneOf,
  wrongType,
} from '../../options/validate.ts';
import type { TimeLimitPolicy } from '../../timeout/types.ts';
import { DEADLINE_HEADERS, parseDeadline, type DeadlineHeader } from '../deadline-header.ts';
import { Answerer } from './answer.ts';
import type { Exchange } from './exchange.ts';
import type { Gate } from './gate.ts';
import { boundInTime, onStreamingOf, type OnStreaming } from './time-gates.ts';
import type { AnswerOptions, OfRequest } from './types.ts';
import { booleanAnswer } from './user-answers.ts';

/** Options of `deadline`; every one has a default. */
export interface DeadlineGateOptions<Subject extends readonly unknown[]>
  extends Omit<DeadlineOptions, 'deadlineMs'>, AnswerOptions<Subject> {
  /** The most a request may take, whatever its caller says. Default 30,000. */
  readonly deadlineMs?: number | undefined;
  /** Fields that may tell how long the caller waits; the shortest holds. Default all that are known. */
  readonly headers?: readonly DeadlineHeader[] | undefined;
  /** Whose fields are read. Default false: nobody's. */
  readonly trust?: boolean | OfRequest<Subject, boolean> | undefined;
  /** Left of the caller's time for the way back. Default 10. */
  readonly reserveMs?: number | undefined;
  /** Whether outbound calls of the handler inherit the deadline. Default true. */
  readonly propagate?: boolean | undefined;
  /** What becomes of a response whose headers are out by then. Default `ignore`: it goes on. */
  readonly onStreaming?: OnStreaming | undefined;
}

const KNOWN = [
  'name',
  'deadlineMs',
  'stallMs',
  'clock',
  'random',
  'headers',
  'trust',
  'reserveMs',
  'propagate',
  'onStreaming',
  'onReject',
];

type Trust<Subject extends readonly unknown[]> = (subject: Subject) => boolean;

const trustOf = <Subject extends readonly unknown[]>({
  trust = false,
}: DeadlineGateOptions<Subject>): Trust<Subject> => {
  if (typeof trust === 'function') return (subject) => booleanAnswer('trust()', trust(...subject));
  booleanOf('trust', trust);
  return () => trust;
};

const headersOf = (headers: readonly DeadlineHeader[] = DEADLINE_HEADERS) => {
  if (!Array.isArray(headers)) throw wrongType('headers', headers, 'a list of names of fields');
  return headers.map((header) => oneOf('headers', header, DEADLINE_HEADERS));
};

/** How long the caller will wait; `Infinity` where it does not say. */
const patienceOf = ({ request }: Exchange, headers: readonly DeadlineHeader[]): number => {
  let shortest = Infinity;
  for (const header of headers) {
    const value = request.headers[header];
    if (typeof value !== 'string') continue;
    shortest = Math.min(shortest, parseDeadline(header, value) ?? Infinity);
  }
  return shortest;
};

/** Bounds a whole request by what its caller will wait, which can only make its own limit shorter. */
export const deadlineGate = <Subject extends readonly unknown[]>(
  options: DeadlineGateOptions<Subject> = {},
): { readonly gate: Gate<Subject>; readonly limit: TimeLimitPolicy<DeadlineOptions> } => {
  assertOptions('deadline', options, KNOWN);
  const { name = 'inbound', deadlineMs = 30_000, stallMs, onReject, random } = options;
  const clock = clockOf(options.clock);
  const limit = deadline({ name, deadlineMs, stallMs, clock });
  const trusts = trustOf(options);
  const headers = headersOf(options.headers);
  const reserveMs = numberIn('reserveMs', given(options.reserveMs, 10), { min: 0 });
  const terms = {
    limit,
    answerer: new Answerer({ onReject, random }),
    onStreaming: onStreamingOf(options.onStreaming),
    clock,
    propagates: booleanOf('propagate', given(options.propagate, true)),
  };
  const gate: Gate<Subject> = (exchange, subject) => {
    const waitsMs = trusts(subject) ? patienceOf(exchange, headers) : Infinity;
    const due = waitsMs === Infinity ? undefined : clock.now() + waitsMs - reserveMs;
    return boundInTime(exchange, subject, terms, due);
  };
  return { gate, limit };
};
