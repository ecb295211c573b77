export {
  currentDeadline,
  remainingDeadlineMs,
  withDeadline,
  withoutDeadline,
} from './deadline-context.ts';
export {
  DEADLINE_HEADERS,
  formatDeadline,
  parseDeadline,
  type DeadlineHeader,
} from './deadline-header.ts';
export { idempotencyKey, parseIdempotencyKey } from './idempotency-key.ts';
export { IDEMPOTENT_METHODS, isFailureStatus, RETRYABLE_STATUSES } from './outcome.ts';
export { retryAfterMs } from './retry-after-field.ts';
export { clientAddress } from './client-key/client-address.ts';
export type {
  ClientAddressOptions,
  ForwardedHeader,
  RequestOrigin,
} from './client-key/client-finder.ts';
export { clientKey, type ClientKeyOptions } from './client-key/client-key.ts';
export type { ProxyTrust } from './client-key/trust.ts';
export { parseForwarded, parseXForwardedFor } from './fields/forwarded.ts';
export { policyName, type PolicyName } from './fields/policy-name.ts';
export { formatPriority, parsePriority, type Priority } from './fields/priority.ts';
export {
  formatRateLimit,
  parseRateLimit,
  type RateLimitFieldOptions,
  type ServiceLimit,
} from './fields/rate-limit-field.ts';
export {
  formatRateLimitPolicy,
  parseRateLimitPolicy,
  type QuotaPolicy,
  type RateLimitPolicyFieldOptions,
} from './fields/rate-limit-policy-field.ts';
export { prefersPlainText } from './fields/accept.ts';
export { drain } from './lifecycle/drain.ts';
export { guardUpgrade } from './lifecycle/upgrade-guard.ts';
export type { UpgradeGuardOptions } from './lifecycle/upgrade-guard-options.ts';
export { health } from './lifecycle/health.ts';
export type * from './lifecycle/health-types.ts';
export type * from './lifecycle/types.ts';
