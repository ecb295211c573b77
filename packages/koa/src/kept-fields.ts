import type { ServerResponse } from 'node:http';

const FIELDS = [
  'RateLimit',
  'RateLimit-Policy',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
] as const;

/**
 * Hands the fields of rate limits to an error: Koa takes all fields off the response of one, and sets those
 * that the error carries.
 */
export const keepRateLimitFields = (response: ServerResponse, error: unknown): void => {
  if (typeof error !== 'object' || error === null || response.headersSent) return;
  const kept = FIELDS.flatMap((field) => {
    const value = response.getHeader(field);
    return value === undefined ? [] : [[field, String(value)] as const];
  });
  if (kept.length === 0 || !Object.isExtensible(error)) return;
  const before: unknown = Reflect.get(error, 'headers');
  // The last word is this request's: an error may be thrown again that another one has thrown.
  const headers = { ...(typeof before === 'object' ? before : {}), ...Object.fromEntries(kept) };
  Reflect.set(error, 'headers', headers);
};
