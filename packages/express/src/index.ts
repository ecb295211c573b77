export { clientKey, drain } from '@holdfast/core/http';
export { breaker, bulkhead, deadline, guard, health, rateLimit, timeout } from './guards.ts';
export { inbound } from './inbound.ts';
export type { Middleware, Subject } from './middleware.ts';
export type {
  BreakerOptions,
  BulkheadOptions,
  DeadlineOptions,
  GuardOptions,
  RateLimitOptions,
  TimeoutOptions,
} from './options.ts';
export { rejections } from './rejections.ts';
export type {
  GuardPolicies,
  Inbound,
  Problem,
  RateLimitDecision,
  Rejection,
  RejectionAnswer,
} from '@holdfast/core/inbound';
