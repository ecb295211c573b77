import { isRefusal, type HoldfastCode, type HoldfastError } from '../../errors.ts';
import type { Random } from '../../runtime/clock.ts';
import type { Problem, Rejection } from './types.ts';

interface Kind {
  readonly status: number;
  readonly type: string;
  readonly title: string;
  readonly detail: string;
}

const REDUCED: Kind = {
  status: 503,
  type: 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity',
  title: 'Temporary Reduced Capacity',
  detail: 'The request was turned away before any work was done.',
};

const LIMITED: Kind = {
  status: 429,
  type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
  title: 'Quota Exceeded',
  detail: 'More was asked for than is allowed for now.',
};

const TIMED_OUT: Kind = {
  status: 503,
  type: 'about:blank',
  title: 'Service Unavailable',
  detail: 'The request took too long.',
};

const OVERDUE: Kind = {
  status: 504,
  type: 'about:blank',
  title: 'Gateway Timeout',
  detail: 'There was not enough time for the request.',
};

const OTHERS: Partial<Record<HoldfastCode, Kind>> = {
  HF_RATE_LIMITED: LIMITED,
  HF_DEADLINE_EXCEEDED: OVERDUE,
};

const kindOf = (error: HoldfastError): Kind =>
  OTHERS[error.code] ?? (isRefusal(error) ? REDUCED : TIMED_OUT);

/** Up to this share is added to each `Retry-After`, so that not everybody comes back at once. */
const SPREAD = 0.1;

/** When to come back, spread; undefined where coming back is in vain. */
const comeBackMs = ({ code, retryAfterMs }: HoldfastError, random: Random): number | undefined => {
  if (code === 'HF_DEADLINE_EXCEEDED') return undefined;
  if (retryAfterMs === undefined) return code === 'HF_RATE_LIMITED' ? undefined : 0;
  return Math.ceil(retryAfterMs * (1 + SPREAD * random()));
};

/**
 * The answer to a request that a policy rejected: status, type and fields as RFC 9457 and
 * draft-ietf-httpapi-ratelimit-headers-10 have them. It tells no names but those of rate limits, which
 * their fields tell anyway, and no messages or causes.
 */
export const rejectionOf = (
  error: HoldfastError,
  random: Random,
  status: number = kindOf(error).status,
): Rejection => {
  const { type, title, detail } = kindOf(error);
  const retryAfterMs = comeBackMs(error, random);
  const headers: Record<string, string> = { 'Cache-Control': 'no-store' };
  if (retryAfterMs !== undefined) headers['Retry-After'] = `${secondsOf(retryAfterMs)}`;
  const problem: Problem = {
    type,
    title: status === OVERDUE.status ? OVERDUE.title : title,
    status,
    detail,
    ...(retryAfterMs === undefined || retryAfterMs === 0 ? {} : { retryAfterMs }),
    ...(error.code === 'HF_RATE_LIMITED' ? { 'violated-policies': [error.policy] } : {}),
  };
  return { error, status, headers, problem };
};

/** Whole seconds, rounded up: 0 would have clients back before anything has changed. */
const secondsOf = (ms: number): number => Math.max(1, Math.ceil(ms / 1_000));
