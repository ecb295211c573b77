import { clockOf } from '../../options/time-and-chance.ts';
import { assertOptions, given, outOfRange } from '../../options/validate.ts';
import { timeout, type TimeoutOptions } from '../../timeout/timeout.ts';
import type { TimeLimitPolicy } from '../../timeout/types.ts';
import { Answerer } from './answer.ts';
import type { Gate } from './gate.ts';
import { boundInTime, onStreamingOf, type OnStreaming } from './time-gates.ts';
import type { AnswerOptions } from './types.ts';

/** Options of `timeout`; `timeoutMs` is required. */
export interface TimeoutGateOptions<Subject extends readonly unknown[]>
  extends TimeoutOptions, AnswerOptions<Subject> {
  /** What becomes of a response whose headers are out by then. Default `ignore`: it goes on. */
  readonly onStreaming?: OnStreaming | undefined;
  /** Default 503; 504 says of a proxy that who it asked was too slow. */
  readonly status?: 503 | 504 | undefined;
}

const KNOWN = [
  'name',
  'timeoutMs',
  'stallMs',
  'clock',
  'random',
  'onStreaming',
  'status',
  'onReject',
];

const statusOf = (status: number = 503): number => {
  if (status !== 503 && status !== 504) throw outOfRange('status', status, '503 or 504');
  return status;
};

/** Answers in the stead of a handler whose response has not begun within `timeoutMs`. */
export const timeoutGate = <Subject extends readonly unknown[]>(
  options: TimeoutGateOptions<Subject>,
): { readonly gate: Gate<Subject>; readonly limit: TimeLimitPolicy<TimeoutOptions> } => {
  assertOptions('timeout', options, KNOWN);
  const { onStreaming, status, onReject, random, ...own } = options;
  const limit = timeout({ ...own, name: given(own.name, 'inbound') });
  const terms = {
    limit,
    answerer: new Answerer({ onReject, random }, statusOf(status)),
    onStreaming: onStreamingOf(onStreaming),
    clock: clockOf(own.clock),
    // A response that has begun may go on, and call others, for longer.
    propagates: false,
  };
  return {
    limit,
    // An own deadline that is nearer ends the request by itself, and with its own answer.
    gate: (exchange, subject) => boundInTime(exchange, subject, terms),
  };
};
