export { bulkhead } from './bulkhead/bulkhead.ts';
export type * from './bulkhead/types.ts';
export type * from './call.ts';
export * from './circuit-breaker/index.ts';
export { HoldfastError, isRefusal, isRejection } from './errors.ts';
export type { HoldfastCode, RefusalCode } from './errors.ts';
export { CHANNELS } from './events/channels.ts';
export type {
  BreakerMessage,
  CallMessage,
  LifecycleMessage,
  LimitMessage,
  RetryMessage,
  StoreMessage,
} from './events/channels.ts';
export { deadline, type DeadlineOptions } from './deadline/deadline.ts';
export {
  fallback,
  type FallbackOptions,
  type FunctionFallback,
  type ValueFallback,
} from './fallback/fallback.ts';
export { pipeline, type Pipeline } from './pipeline/pipeline.ts';
export type { PolicyDescription } from './pipeline/stage.ts';
export { rateLimit } from './rate-limit/rate-limit.ts';
export type * from './rate-limit/types.ts';
export type { KeyedRegistry, KeyedRegistryEvents } from './registry/types.ts';
export type { BackoffOptions, CustomBackoff, Jitter } from './retry/backoff.ts';
export {
  retryBudget,
  type RetryBudget,
  type RetryBudgetOptions,
  type RetryBudgetSnapshot,
} from './retry/budget.ts';
export { parseHttpDate, parseRetryAfter } from './retry/retry-after.ts';
export type { RetryEvents } from './retry/retry-tally.ts';
export { retry } from './retry/retry.ts';
export type { RetryOptions } from './retry/settings.ts';
export type { EndedAttempt, Retry } from './retry/types.ts';
export {
  standardPipeline,
  type StandardPipeline,
  type StandardPipelineOptions,
  type StandardPolicies,
} from './standard/standard-pipeline.ts';
export type { Clock, Random, Timer } from './runtime/clock.ts';
export { timeout, type TimeoutOptions } from './timeout/timeout.ts';
export type * from './timeout/types.ts';
