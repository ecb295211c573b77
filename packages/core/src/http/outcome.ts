/**
 * Whether a status says that the server is in trouble (5xx), or asks to be left alone (429) or to be
 * asked again (408): what a circuit breaker counts as a failure. 4xx else is the caller's doing.
 */
export const isFailureStatus = (status: number): boolean =>
  status >= 500 || status === 429 || status === 408;

/**
 * Methods that mean the same sent twice as sent once (RFC 9110, 9.2.2; `QUERY` by its draft), so that
 * they may be retried. Methods are case-sensitive.
 */
export const IDEMPOTENT_METHODS: readonly string[] = Object.freeze([
  'GET',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PUT',
  'DELETE',
  'QUERY',
]);

/**
 * Statuses that a second attempt may turn into a good one. 501 and 505 are not among them: they are
 * failures, but the server will never know better.
 */
export const RETRYABLE_STATUSES: readonly number[] = Object.freeze([
  408, 425, 429, 500, 502, 503, 504,
]);
