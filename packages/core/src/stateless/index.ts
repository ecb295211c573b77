/** For who writes a store: each throws the `TypeError` or `RangeError` that every store has for wrong arguments. */
export * as storeArguments from './arguments.ts';
export { guarded } from './guard/guarded.ts';
export type { GuardEvents, GuardOptions, GuardedStore } from './guard/types.ts';
export { key, type Key } from './key.ts';
export { leader } from './lease/leader.ts';
export type { LeadContext, Leader, LeaderEvents, LeaderOptions } from './lease/leader-types.ts';
export { lock } from './lease/lock.ts';
export { once, type Once, type OnceOptions, type Ran } from './lease/once.ts';
export { semaphore } from './lease/semaphore.ts';
export type {
  AcquireOptions,
  Held,
  LeaseContext,
  LeaseEvents,
  LeasePolicy,
  LeaseSnapshot,
  LockOptions,
  SemaphoreOptions,
} from './lease/types.ts';
export { sharedRateLimit } from './limit/shared-rate-limit.ts';
export type {
  LeasingOptions,
  OnStoreLoss,
  SharedAdmitted,
  SharedQuotaOptions,
  SharedRateLimit,
  SharedRateLimitOptions,
  SharedRateLimitSnapshot,
  SharedRateOptions,
  SharedTaken,
  SharedTurned,
  TakenSource,
} from './limit/types.ts';
/** For who writes a store that keeps it all in memory: what decides, and who is told of a key. */
export { MemoryEngine, type MemoryEngineOptions } from './memory/memory-engine.ts';
export { memoryStore, type MemoryStoreOptions } from './memory/memory-store.ts';
export { Watchers } from './memory/watchers.ts';
export { sessions } from './session/sessions.ts';
export type {
  Session,
  SessionCookieOptions,
  SessionData,
  SessionEvents,
  SessionKey,
  Sessions,
  SessionsOptions,
  SessionState,
} from './session/types.ts';
export { isStoreError, StoreError, type StoreFailure } from './store-error.ts';
export type * from './store.ts';
