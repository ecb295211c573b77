export { breaker, type BreakerInterceptor, type BreakerOptions } from './breaker.ts';
export { bulkhead, type BulkheadInterceptor, type BulkheadOptions } from './bulkhead.ts';
export { deadline, type DeadlineInterceptor, type DeadlineOptions } from './deadline.ts';
export type { KeyOptions } from './keyed.ts';
export type { Until } from './limited-exchange.ts';
export { rateLimit, type RateLimitInterceptor, type RateLimitOptions } from './rate-limit.ts';
export {
  resilientAgent,
  type ResilientAgent,
  type ResilientAgentOptions,
} from './resilient-agent.ts';
export type { RetryOptions } from './repeat-rules.ts';
export { retry, type RetryInterceptor } from './retry.ts';
export {
  standard,
  type Standard,
  type StandardOptions,
  type StandardPolicies,
} from './standard.ts';
export { timeout, type TimeoutInterceptor, type TimeoutOptions } from './timeout.ts';
export type { WrappedFetchInit } from './fetch-call.ts';
export { wrapFetch, type WrappedFetch } from './wrap-fetch.ts';
export type { CallPolicies } from './calls.ts';
export type { WrapOptions } from './wrap-options.ts';
export { wrapRequest, type WrappedRequest, type WrappedRequestOptions } from './wrap-request.ts';
