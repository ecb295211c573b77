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
