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

/** Of what the request needs, and not of the service as a whole. */
const WITHOUT_STORE: Kind = {
  status: 503,
  type: 'about:blank',
  title: 'Service Unavailable',
  detail: 'A part that the request needs does not answer for now.',
};

const CONFLICT: Kind = {
  status: 409,
  type: 'about:blank',
  title: 'Conflict',
  detail: 'Another request changed the same meanwhile.',
};

/** What the service itself keeps of a client: nothing that the client could change. */
const TOO_MUCH: Kind = {
  status: 500,
  type: 'about:blank',
  title: 'Internal Server Error',
  detail: 'The request could not be completed.',
};

const OTHERS: Partial<Record<HoldfastCode, Kind>> = {
  HF_RATE_LIMITED: LIMITED,
  HF_DEADLINE_EXCEEDED: OVERDUE,
  HF_STORE_UNAVAILABLE: WITHOUT_STORE,
  HF_SESSION_CONFLICT: CONFLICT,
  HF_SESSION_TOO_LARGE: TOO_MUCH,
};

const kindOf = (error: HoldfastError): Kind =>
  OTHERS[error.code] ?? (isRefusal(error) ? REDUCED : TIMED_OUT);

/** Up to this share is added to a wait, so that not everybody comes back at once. */
const SPREAD = 0.1;

/** When coming back is worth it; undefined where it is in vain. */
const waitMsOf = ({ code, retryAfterMs }: HoldfastError): number | undefined => {
  if (code === 'HF_DEADLINE_EXCEEDED' || code === 'HF_SESSION_TOO_LARGE') return undefined;
  return retryAfterMs ?? (code === 'HF_RATE_LIMITED' ? undefined : 0);
};

/**
 * Whole seconds, at least 1: 0 would have clients back before anything has changed. At most a tenth is added,
 * or a second where that is more: less cannot be told.
 */
const secondsOf = (waitMs: number, random: Random): number => {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
  const most = Math.max(1, Math.floor(seconds * SPREAD));
  return seconds + Math.floor(random() * (most + 1));
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
  const waitMs = waitMsOf(error);
  const headers: Record<string, string> = { 'Cache-Control': 'no-store' };
  if (waitMs !== undefined) headers['Retry-After'] = `${secondsOf(waitMs, random)}`;
  const problem: Problem = {
    type,
    title: status === OVERDUE.status ? OVERDUE.title : title,
    status,
    detail,
    ...(waitMs === undefined || waitMs === 0
      ? {}
      : { retryAfterMs: Math.ceil(waitMs * (1 + SPREAD * random())) }),
    ...(error.code === 'HF_RATE_LIMITED' ? { 'violated-policies': [error.policy] } : {}),
  };
  return { error, status, headers, problem };
};
