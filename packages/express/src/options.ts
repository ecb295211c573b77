import type {
  BreakerGateOptions,
  BulkheadGateOptions,
  DeadlineGateOptions,
  GuardOptions as CoreGuardOptions,
  RateLimitGateOptions,
  SessionGateOptions,
  TimeoutGateOptions,
} from '@holdfast/core/inbound';
import type { Subject } from './middleware.ts';

export type BreakerOptions = BreakerGateOptions<Subject>;
export type BulkheadOptions = BulkheadGateOptions<Subject>;
export type DeadlineOptions = DeadlineGateOptions<Subject>;
export type GuardOptions = CoreGuardOptions<Subject>;
export type RateLimitOptions = RateLimitGateOptions<Subject>;
export type SessionOptions = SessionGateOptions<Subject>;
export type TimeoutOptions = TimeoutGateOptions<Subject>;
