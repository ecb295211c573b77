export type * from './call.ts';
export * from './circuit-breaker/index.ts';
export { HoldfastError, isRefusal, isRejection } from './errors.ts';
export type { HoldfastCode, RefusalCode } from './errors.ts';
export type { Clock, Random, Timer } from './runtime/clock.ts';
