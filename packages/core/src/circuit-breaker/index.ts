export { circuitBreaker } from './circuit-breaker.ts';
export { consecutive, countWindow, timeWindow, tripWhen } from './trip-rules.ts';
export type * from './types.ts';
export type {
  TripRule,
  TripSnapshot,
  CountWindowOptions,
  TimeWindowOptions,
} from './trip-rules.ts';
export type { WindowSnapshot } from './window.ts';
export { breakerRegistry } from './registry.ts';
export type { BreakerRegistry, BreakerRegistryEvents, BreakerRegistryOptions } from './registry.ts';
