import { clockOf } from '../../options/time-and-chance.ts';
import { assertOptions, given, nameOf, numberIn } from '../../options/validate.ts';
import type { Clock } from '../../runtime/clock.ts';
import {
  assertCount,
  assertLease,
  assertOnHint,
  assertOperation,
  assertRelease,
  assertRemove,
  assertTake,
  assertTtl,
  assertWrite,
} from '../arguments.ts';
import type { Key } from '../key.ts';
import { StoreError } from '../store-error.ts';
import type {
  Count,
  Counted,
  Lease,
  Leased,
  Metered,
  Operation,
  Store,
  StoreGuarantees,
  StoreHealth,
  Take,
  Versioned,
  Write,
  Written,
} from '../store.ts';
import { MemoryEngine } from './memory-engine.ts';
import { MOST_KEYS } from '../../registry/most-keys.ts';
import { Watchers } from './watchers.ts';

export interface MemoryStoreOptions {
  /** Stands in errors, events and metrics. Default 'memory'. */
  readonly name?: string | undefined;
  /** The most rates, windows, leases and records, each: a whole number from 1 to 2^24 − 1. Default 100,000. */
  readonly maxKeys?: number | undefined;
  readonly clock?: Clock | undefined;
}

const DONE = Promise.resolve();

/** No async functions: what is decided is there at once, and one promise is enough to tell it. */
class MemoryStore implements Store {
  readonly name: string;
  readonly kind = 'memory';
  readonly scope = 'process';
  readonly guarantees: StoreGuarantees = {
    survivesRestart: false,
    survivesFailover: 'no',
    clock: 'local',
  };
  readonly #watchers = new Watchers();
  /** None after `dispose`. */
  #engine: MemoryEngine | undefined;

  constructor(name: string, maxKeys: number, clock: Clock) {
    this.name = name;
    this.#engine = new MemoryEngine({
      name,
      maxKeys,
      now: () => clock.now(),
      fenceOffset: clock.wallNow() - clock.now(),
      tell: (key) => this.#watchers.tell(key),
    });
  }

  take(key: Key, take: Take, operation: Operation): Promise<Metered> {
    try {
      assertTake(take);
      return Promise.resolve(this.#engineFor(key, operation).take(key, take));
    } catch (error) {
      return failed(error);
    }
  }

  count(key: Key, count: Count, operation: Operation): Promise<Counted> {
    try {
      assertCount(count);
      return Promise.resolve(this.#engineFor(key, operation).count(key, count));
    } catch (error) {
      return failed(error);
    }
  }

  lease(key: Key, lease: Lease, operation: Operation): Promise<Leased> {
    try {
      assertLease(lease);
      return Promise.resolve(this.#engineFor(key, operation).lease(key, lease));
    } catch (error) {
      return failed(error);
    }
  }

  release(key: Key, lease: Omit<Lease, 'max'>, operation: Operation): Promise<void> {
    try {
      assertRelease(lease);
      this.#engineFor(key, operation).release(key, lease);
      return DONE;
    } catch (error) {
      return failed(error);
    }
  }

  read(key: Key, operation: Operation): Promise<Versioned | undefined> {
    try {
      return Promise.resolve(this.#engineFor(key, operation).read(key));
    } catch (error) {
      return failed(error);
    }
  }

  write(key: Key, write: Write, operation: Operation): Promise<Written> {
    try {
      assertWrite(write);
      return Promise.resolve(this.#engineFor(key, operation).write(key, write));
    } catch (error) {
      return failed(error);
    }
  }

  touch(key: Key, ttlMs: number, operation: Operation): Promise<'ok' | 'gone'> {
    try {
      assertTtl(ttlMs);
      return Promise.resolve(this.#engineFor(key, operation).touch(key, ttlMs));
    } catch (error) {
      return failed(error);
    }
  }

  remove(key: Key, remove: { readonly tombstoneMs: number }, operation: Operation): Promise<void> {
    try {
      assertRemove(remove);
      this.#engineFor(key, operation).remove(key, remove);
      return DONE;
    } catch (error) {
      return failed(error);
    }
  }

  watch(key: Key, onHint: () => void): Disposable {
    nameOf('key', key);
    assertOnHint(onHint);
    return this.#watchers.add(key, onHint);
  }

  health(): StoreHealth {
    return { state: this.#engine === undefined ? 'lost' : 'up', pending: 0, warnings: [] };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#engine = undefined;
    this.#watchers.clear();
    return DONE;
  }

  #engineFor(key: Key, operation: Operation): MemoryEngine {
    assertOperation(key, operation);
    if (this.#engine === undefined) throw new StoreError(this.name, 'not-sent');
    operation.signal?.throwIfAborted();
    return this.#engine;
  }
}

const failed = (reason: unknown): Promise<never> => Promise.reject(reason);

/**
 * A store in the memory of this process: the default where nothing is shared, and what tests use in
 * place of a shared one.
 *
 * It keeps at most `maxKeys` (default 100,000) rates, windows, leases and records, each. What has ended is
 * forgotten as others come; there is no timer. A new limit always finds room: a full table forgets what has
 * ended, or else, of a few limits, the one of which the smallest share is used, where limits of few units count for
 * less. So who makes up keys drives out a limit that is used up only with keys of which as much is used, all
 * over the table. Leases, records and tombstones are never forgotten before their time: where
 * they fill the table a new one is refused with a `StoreError` ('refused'), as is a lease where others of the same key
 * have 16 other lengths. Operations take no time, so
 * that `deadlineMs` never passes. After its end every operation fails with a `StoreError` ('not-sent').
 * Throws `TypeError` or `RangeError` for a wrong option.
 */
export const memoryStore = (options: MemoryStoreOptions = {}): Store => {
  assertOptions('memoryStore', options, ['name', 'maxKeys', 'clock']);
  const name = nameOf('name', given(options.name, 'memory'));
  const maxKeys = given(options.maxKeys, 100_000);
  const most = numberIn('maxKeys', maxKeys, { whole: true, min: 1, max: MOST_KEYS });
  return new MemoryStore(name, most, clockOf(options.clock));
};
