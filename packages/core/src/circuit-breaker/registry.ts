import { HoldfastError } from '../errors.ts';
import { Emitter } from '../events/emitter.ts';
import { clockOf } from '../options/time-and-chance.ts';
import {
  assertFunction,
  assertOptions,
  nameOf,
  numberIn,
  wrongType,
  given,
} from '../options/validate.ts';
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
export interface BreakerRegistryEvents {
  /** A breaker was forgotten to make room. */
  evicted: { readonly name: string; readonly key: string };
  /** Every entry is protected, so this key shares the overflow breaker. */
  overflow: { readonly name: string; readonly key: string };
}

/** Breakers by key, bounded. */
export interface BreakerRegistry extends Disposable {
  readonly name: string;
  /** Keys that have a breaker of their own. */
  readonly size: number;
  /** How often a key had to share the overflow breaker. */
  readonly overflows: number;
  /**
   * The breaker of a key: its own, a new one, or the overflow breaker where there is no room. Throws
   * `HF_DISPOSED` once disposed.
   */
  get(key: string): CircuitBreaker;
  /** The breakers there are, least recently used first. Changes nothing. */
  entries(): IterableIterator<[string, CircuitBreaker]>;
  on<Name extends keyof BreakerRegistryEvents>(
    name: Name,
    listener: (event: BreakerRegistryEvents[Name]) => void,
  ): Disposable;
}

interface Entry {
  readonly breaker: CircuitBreaker;
  usedAt: number;
}

/** How many entries one newcomer may look at: a flood of keys must not cost a scan of all each. */
const LOOKS_PER_NEWCOMER = 64;

class Registry implements BreakerRegistry {
  readonly name: string;
  overflows = 0;
  readonly #breakerOptions: (key: string) => Omit<CircuitBreakerOptions, 'name' | 'clock'>;
  readonly #maxEntries: number;
  readonly #idleMs: number;
  readonly #clock: Clock;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>();
  readonly #events = new Emitter<BreakerRegistryEvents>();
  #overflow: CircuitBreaker | undefined = undefined;
  #disposed = false;

  constructor(options: BreakerRegistryOptions) {
    assertOptions('breakerRegistry', options, ['name', 'breaker', 'maxEntries', 'idleMs', 'clock']);
    assertFunction('breaker', options.breaker);
    this.name = nameOf('name', options.name);
    this.#breakerOptions = given(options.breaker, () => ({}));
    this.#maxEntries = numberIn('maxEntries', given(options.maxEntries, 1_000), {
      min: 1,
      whole: true,
    });
    this.#idleMs = numberIn('idleMs', given(options.idleMs, 600_000), { min: 0 });
    this.#clock = clockOf(options.clock);
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): CircuitBreaker {
    if (this.#disposed) throw new HoldfastError({ code: 'HF_DISPOSED', policy: this.name });
    if (typeof key !== 'string') throw wrongType('key', key, 'a string');
    const now = this.#clock.now();
    const known = this.#entries.get(key);
    if (known !== undefined) {
      known.usedAt = now;
      this.#moveToEnd(key, known);
      return known.breaker;
    }
    const breaker = this.#admit(key, now);
    // Listeners may ask for keys themselves: by now every entry is in its place.
    this.#events.flush(undefined);
    return breaker;
  }

  *entries(): IterableIterator<[string, CircuitBreaker]> {
    for (const [key, { breaker }] of this.#entries) yield [key, breaker];
  }

  on<Name extends keyof BreakerRegistryEvents>(
    name: Name,
    listener: (event: BreakerRegistryEvents[Name]) => void,
  ): Disposable {
    return this.#events.on(name, listener);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const { breaker } of this.#entries.values()) breaker[Symbol.dispose]();
    this.#overflow?.[Symbol.dispose]();
    this.#entries.clear();
    this.#events.close();
  }

  #admit(key: string, now: number): CircuitBreaker {
    if (!this.#hasRoom(now)) return this.#share(key);
    const options = { ...this.#breakerOptions(key), name: this.name, clock: this.#clock };
    const breaker = circuitBreaker(options);
    // Asked again: the user's function may have taken the place.
    if (!this.#hasRoom(now)) return this.#share(key);
    this.#entries.set(key, { breaker, usedAt: now });
    return breaker;
  }

  /** A stranger's failures must refuse nobody, so what strangers share only watches. */
  #share(key: string): CircuitBreaker {
    this.#overflow ??= this.#createOverflow();
    this.overflows++;
    this.#emit('overflow', key);
    return this.#overflow;
  }

  #createOverflow(): CircuitBreaker {
    const breaker = circuitBreaker({ name: this.name, clock: this.#clock });
    breaker.setMode('shadow');
    return breaker;
  }

  #hasRoom(now: number): boolean {
    return this.#entries.size < this.#maxEntries || this.#evict(now);
  }

  /** Forgets one entry, closed ones first; what is protected moves behind as if it had been used. */
  #evict(now: number): boolean {
    let spare: string | undefined;
    let looks = 0;
    for (const [key, entry] of this.#entries) {
      if (looks++ === LOOKS_PER_NEWCOMER) break;
      if (this.#mayForget(entry, now)) {
        if (entry.breaker.state === 'CLOSED') return this.#forget(key);
        spare ??= key;
      }
      this.#moveToEnd(key, entry);
    }
    return spare !== undefined && this.#forget(spare);
  }

  /** Cheap questions first: under a flood this is asked of many for every newcomer. */
  #mayForget({ breaker, usedAt }: Entry, now: number): boolean {
    if (breaker.inFlight > 0 || breaker.mode !== 'automatic') return false;
    if (breaker.state !== 'CLOSED' && now - usedAt < this.#idleMs) return false;
    const { isolations, retryAfterMs = 0 } = breaker.snapshot();
    return isolations.length === 0 && retryAfterMs === 0;
  }

  #forget(key: string): true {
    this.#entries.delete(key);
    this.#emit('evicted', key);
    return true;
  }

  #moveToEnd(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
  }

  #emit(name: keyof BreakerRegistryEvents, key: string): void {
    this.#events.emit(name, { name: this.name, key });
  }
}

/**
 * Breakers by key, at most `maxEntries`. Idle closed ones make room first, then those whose break is
 * over and which were unused for `idleMs`; never one with calls in flight. A newcomer looks at the
 * 64 least recently used at most; where none of them may be forgotten it shares one breaker in mode
 * `shadow` with others like it. Throws for a wrong option.
 */
export const breakerRegistry = (options: BreakerRegistryOptions): BreakerRegistry =>
  new Registry(options);
