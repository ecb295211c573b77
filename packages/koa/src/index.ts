export { clientKey, drain, guardUpgrade } from '@holdfast/core/http';
export { breaker, bulkhead, deadline, guard, health, rateLimit, timeout } from './guards.ts';
export { inbound } from './inbound.ts';
export type { Context, HoldfastState, Middleware, Subject } from './middleware.ts';
export type {
  BreakerOptions,
  BulkheadOptions,
  DeadlineOptions,
  GuardOptions,
  RateLimitOptions,
  TimeoutOptions,
} from './options.ts';
export { rejections, type RejectionsOptions } from './rejections.ts';
export type {
  BreakerRegistry,
  Bulkhead,
  CircuitBreaker,
  KeyedRegistry,
  RateLimit,
  TimeLimitPolicy,
} from '@holdfast/core';
export type {
  ClientKeyOptions,
  DeferOptions,
  Drain,
  DrainOptions,
  DrainReport,
  Health,
  HealthCheck,
  HealthOptions,
  RequestOrigin,
  UpgradeGuardOptions,
} from '@holdfast/core/http';
export type {
  GuardPolicies,
  Inbound,
  Problem,
  RateLimitDecision,
  Rejection,
  RejectionAnswer,
  RequestLimits,
} from '@holdfast/core/inbound';
