// What an adapter of a framework for servers is made of; nothing for applications.
export { Answerer } from './answer.ts';
export type { BreakerGateOptions } from './breaker-gate.ts';
export type { BulkheadGateOptions } from './bulkhead-gate.ts';
export type { DeadlineGateOptions } from './deadline-gate.ts';
export type { Exchange } from './exchange.ts';
export { exchangeOf } from './exchange-of.ts';
export type { Gate } from './gate.ts';
export type { GuardPolicies } from './guard.ts';
export type { GuardOptions } from './guard-options.ts';
export { guardsOf, type Framework, type Guards } from './guards.ts';
export type { RequestLimits } from './rate-limit-gate.ts';
export type { RateLimitGateOptions } from './rate-limit-options.ts';
export { rejectionIn } from './rejection-in.ts';
export { entomb } from './tombstone.ts';
export type { TimeoutGateOptions } from './timeout-gate.ts';
export type * from './types.ts';
