import { clockOf } from '../options/time-and-chance.ts';
import { assertFunction, assertOptions, given } from '../options/validate.ts';
import { keyedRegistry } from '../registry/keyed-registry.ts';
import type { KeyedRegistry, KeyedRegistryEvents, Spare } from '../registry/types.ts';
import type { Clock } from '../runtime/clock.ts';
import { circuitBreaker } from './circuit-breaker.ts';
import type { CircuitBreaker, CircuitBreakerOptions } from './types.ts';

/** Options of `breakerRegistry`; `name` is required. */
export interface BreakerRegistryOptions {
  /** The name of every breaker in it: keys never become labels. */
  readonly name: string;
  /** Options of the breaker for a key. Default: the breaker's defaults for all. */
  readonly breaker?: ((key: string) => Omit<CircuitBreakerOptions, 'name' | 'clock'>) | undefined;
  /** How many keys have a breaker of their own. Default 1,000. */
  readonly maxEntries?: number | undefined;
  /** How long an open breaker whose break is over must be unused to be forgotten. Default 600,000. */
  readonly idleMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** What `on` of a registry can listen to. */
export type BreakerRegistryEvents = KeyedRegistryEvents;

/** Breakers by key, bounded. The overflow breaker is one in mode `shadow`. */
export type BreakerRegistry = KeyedRegistry<CircuitBreaker>;

const KNOWN = ['name', 'breaker', 'maxEntries', 'idleMs', 'clock'];

/**
 * When a breaker may make room in a registry: never one with calls in flight, isolated, in a mode of its
 * own or open with a break to wait; a closed one at once. Cheap questions first: under a flood this is
 * asked of many for every newcomer.
 */
export const spareOf = (breaker: CircuitBreaker, idle: boolean): Spare => {
  if (breaker.inFlight > 0 || breaker.mode !== 'automatic') return 'never';
  const spare = breaker.state === 'CLOSED' ? 'now' : 'idle';
  if (spare === 'idle' && !idle) return spare;
  const { isolations, retryAfterMs = 0 } = breaker.snapshot();
  return isolations.length === 0 && retryAfterMs === 0 ? spare : 'never';
};

/** A stranger's failures must refuse nobody, so what strangers share only watches. */
const overflowBreaker = (name: string, clock: Clock): CircuitBreaker => {
  const breaker = circuitBreaker({ name, clock });
  breaker.setMode('shadow');
  return breaker;
};

/**
 * Breakers by key, at most `maxEntries`. Idle closed ones make room first, then those whose break is
 * over and which were unused for `idleMs`; never one with calls in flight. A newcomer looks at the
 * 64 least recently used at most; where none of them may be forgotten it shares one breaker in mode
 * `shadow` with others like it. Throws for a wrong option.
 */
export const breakerRegistry = (options: BreakerRegistryOptions): BreakerRegistry => {
  assertOptions('breakerRegistry', options, KNOWN);
  assertFunction('breaker', options.breaker);
  const { name, maxEntries, idleMs } = options;
  const clock = clockOf(options.clock);
  const breakerOptions = given(options.breaker, () => ({}));
  return keyedRegistry({
    name,
    create: (key) => circuitBreaker({ ...breakerOptions(key), name, clock }),
    spare: spareOf,
    overflow: () => overflowBreaker(name, clock),
    maxEntries,
    idleMs,
    clock,
  });
};
