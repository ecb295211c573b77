import { expect, it } from 'vitest';

it('the entry for HTTP exports these names and no others', async () => {
  const entry = await import('../../src/http/index.ts');
  expect(Object.keys(entry).toSorted()).toMatchInlineSnapshot(`
    [
      "DEADLINE_HEADERS",
      "IDEMPOTENT_METHODS",
      "RETRYABLE_STATUSES",
      "clientAddress",
      "clientKey",
      "currentDeadline",
      "drain",
      "formatDeadline",
      "formatPriority",
      "formatRateLimit",
      "formatRateLimitPolicy",
      "guardUpgrade",
      "health",
      "idempotencyKey",
      "isFailureStatus",
      "parseDeadline",
      "parseForwarded",
      "parseIdempotencyKey",
      "parsePriority",
      "parseRateLimit",
      "parseRateLimitPolicy",
      "parseXForwardedFor",
      "policyName",
      "prefersPlainText",
      "remainingDeadlineMs",
      "retryAfterMs",
      "withDeadline",
      "withoutDeadline",
    ]
  `);
});
