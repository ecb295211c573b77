import type { ServerResponse } from 'node:http';
import type { Taken } from '../../rate-limit/types.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { SharedTaken, TakenSource } from '../../stateless/limit/types.ts';
import { formatRateLimit } from '../fields/rate-limit-field.ts';
import type { Quota } from './quotas.ts';
import type { RateLimitDecision } from './types.ts';

/** Adds a member to a list that another limit of this response may have begun. */
const appendTo = (response: ServerResponse, field: string, member: string): void => {
  const before = response.getHeader(field);
  response.setHeader(field, before === undefined ? member : `${String(before)}, ${member}`);
};

const secondsOf = (ms: number): number => Math.ceil(ms / 1_000);

/** Who decided; without a store it is always this process. */
export const sourceOf = (taken: Taken | SharedTaken): TakenSource =>
  'source' in taken ? taken.source : 'local';

const retryAfterMsOf = (taken: Taken): number | undefined =>
  taken.admitted ? undefined : taken.retryAfterMs;

/** Writes `RateLimit` and `RateLimit-Policy`. `Retry-After` is never earlier than what they tell. */
export const tellDraft = (response: ServerResponse, quota: Quota, taken: Taken): void => {
  const { remaining, moreMs } = taken;
  const resetSeconds = secondsOf(retryAfterMsOf(taken) ?? moreMs);
  appendTo(response, 'RateLimit-Policy', quota.policy);
  appendTo(response, 'RateLimit', formatRateLimit({ name: quota.name, remaining, resetSeconds }));
};

/** Writes `X-RateLimit-*`, the limit that was asked last. */
export const tellLegacy = (
  response: ServerResponse,
  { units }: Quota,
  { remaining, resetMs }: Taken,
  clock: Clock,
): void => {
  response.setHeader('X-RateLimit-Limit', units);
  response.setHeader('X-RateLimit-Remaining', remaining);
  response.setHeader('X-RateLimit-Reset', secondsOf(clock.wallNow() + resetMs));
};

/** What a handler can read of it. */
export const decisionOf = (
  { limit, units }: Quota,
  taken: Taken | SharedTaken,
): RateLimitDecision => ({
  source: sourceOf(taken),
  name: limit.name,
  admitted: taken.admitted,
  limit: units,
  remaining: taken.remaining,
  resetMs: taken.resetMs,
  retryAfterMs: retryAfterMsOf(taken),
});
