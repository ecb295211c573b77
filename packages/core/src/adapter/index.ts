// What an adapter of another framework or client needs beside the policies; nothing for applications.
export { clockOf, randomOf } from '../options/time-and-chance.ts';
export {
  assertFunction,
  assertOptions,
  assertRecord,
  booleanOf,
  given,
  nameOf,
  numberIn,
  oneOf,
  outOfRange,
  wrongType,
  type NumberRange,
} from '../options/validate.ts';
export { isBulkhead } from '../bulkhead/is-bulkhead.ts';
export { bulkheadRegistry } from '../bulkhead/registry.ts';
export { isCircuit } from '../circuit-breaker/is-circuit.ts';
export { BREAKER_OPTIONS } from '../circuit-breaker/settings.ts';
export { spareOf as spareBreaker } from '../circuit-breaker/registry.ts';
export { keyedRegistry } from '../registry/keyed-registry.ts';
export type * from '../registry/types.ts';
export { deadlinesOf } from '../runtime/deadline-queue.ts';
export type { Deadline, DeadlineQueue } from '../runtime/deadline-queue.ts';
export { report } from '../events/emitter.ts';
export { warnOnce } from '../events/warn-once.ts';
export { secretOf } from '../options/secret.ts';
export { RecentCache } from '../registry/recent-cache.ts';
export { Emitter, type Tap } from '../events/emitter.ts';
export { backoffDelay, backoffOf, type Backoff } from '../retry/backoff.ts';
export { processWide } from '../runtime/process-wide.ts';
export { sleep } from '../runtime/sleep.ts';
export type { EnrolledCircuit } from '../circuit-breaker/roll.ts';
export { MOST_KEYS } from '../registry/most-keys.ts';
