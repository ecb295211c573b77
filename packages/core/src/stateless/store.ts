import type { Key } from './key.ts';

/** How long one operation may take, and what else ends the wait for it. */
export interface Operation {
  /**
   * Milliseconds from now, above 0. A command that arrives at a shared store after that does nothing,
   * by the clock of the store.
   */
  readonly deadlineMs: number;
  /** Its abort ends the wait: the promise rejects with `signal.reason`. What was sent may be carried out. */
  readonly signal?: AbortSignal | undefined;
}

/** Units of a rate (GCRA); what the numbers promise is told at `rateLimit`. */
export interface Take {
  /** How many units come back in a millisecond; above 0. */
  readonly unitsPerMs: number;
  /** The most units that are ever there: a whole number from 1. */
  readonly burst: number;
  /**
   * How many to take at most: a whole number. 0 only looks. Below 0 so many are given back, also parts of one: of
   * a unit that was taken a while ago a part has come back by itself.
   */
  readonly want: number;
  /** How many to take at least, or none: a whole number from 0 to `want`. Default `want`. */
  readonly min?: number | undefined;
}

/** Units of a sliding window; what the numbers promise is told at `rateLimit`. */
export interface Count {
  /** Units in any window: a whole number from 1. */
  readonly quota: number;
  /** Above 0. */
  readonly windowMs: number;
  /** How many to take: a whole number. 0 only looks; below 0 so many of `span` are given back. */
  readonly cost: number;
  /** With a cost below 0: what `span` said as they were taken. */
  readonly span?: number | undefined;
}

/** What a limit decided: a value, never an error. */
export interface Metered {
  /**
   * How many units were taken: 0 for a refusal, below 0 for what was given back. A rate answers what it was
   * asked to give back, also where less stood there; a window what stood there.
   */
  readonly units: number;
  /** Whole units that are there for the next; never below 0. */
  readonly remaining: number;
  /** When the units are there that were refused; 0 where none were. */
  readonly retryMs: number;
  /** When one more is there than now if nobody takes any; 0 where all are. */
  readonly moreMs: number;
  /** When all units are there again if nobody takes any. */
  readonly resetMs: number;
}

/** What a sliding window decided. */
export interface Counted extends Metered {
  /** Where the units stand that were taken, to give them back within the window. */
  readonly span: number;
}

/** One of at most `max` holders, for so long. */
export interface Lease {
  /** How many may hold it at once: a whole number from 1. */
  readonly max: number;
  /** Whole milliseconds from 1; the lease of who does not renew it is free again after that. */
  readonly leaseMs: number;
  /** Whose it is: up to 64 letters of base64url, random for each holder. The same one renews, with the same `leaseMs`. */
  readonly id: string;
}

/** Whether a lease was given or renewed. */
export type Leased =
  | {
      readonly held: true;
      /**
       * Grows with each grant (not with a renewal): whoever was seen with a lower one has lost the lease. 16
       * digits at least as a shared store has them: compare them as `BigInt`.
       */
      readonly fence: string;
      readonly renewed: boolean;
      /** How many hold it now. */
      readonly holders: number;
    }
  | {
      readonly held: false;
      /** When the first of the leases ends unless it is renewed. */
      readonly retryMs: number;
      readonly holders: number;
    };

/** A record as it was read. */
export interface Versioned {
  /** Counts the writes, from 1. */
  readonly version: number;
  readonly data: Uint8Array;
  /** How long it lives on if nobody writes or touches it. */
  readonly ttlMs: number;
}

/** A record to be written. */
export interface Write {
  /**
   * `create`: only where there is none. `cas`: only over `version`. `force`: over any, or none. None of them
   * writes over a tombstone.
   */
  readonly mode: 'create' | 'cas' | 'force';
  /** With `cas`: what was read. */
  readonly version?: number | undefined;
  readonly data: Uint8Array;
  /** Above 0. How long it lives if nobody writes or touches it. */
  readonly ttlMs: number;
  /** From the write that creates the record on, it never lives longer than this. Default: no such end. */
  readonly absoluteMs?: number | undefined;
  /** Whether those who `watch` the key are told. Default false. */
  readonly announce?: boolean | undefined;
}

/** Whether a record was written. */
export type Written =
  | { readonly ok: true; readonly version: number }
  /** `conflict`: there is another, of this version. `gone`: there is none, or it was removed. */
  | { readonly ok: false; readonly reason: 'conflict' | 'gone'; readonly version: number };

/** What a store says of itself, without asking it. */
export interface StoreHealth {
  /** `lost`: operations fail at once, or are likely to. */
  readonly state: 'up' | 'lost';
  /** Operations that were begun and have not ended. */
  readonly pending: number;
  /** What its operator should know: versions, eviction, clocks. */
  readonly warnings: readonly string[];
}

/** What may be relied on. */
export interface StoreGuarantees {
  /** Whether what was written is there after the store was started anew. */
  readonly survivesRestart: boolean;
  /** No store that replicates without waiting keeps all that it has confirmed. */
  readonly survivesFailover: 'no' | 'best-effort';
  /** Whose clock decides. */
  readonly clock: 'local' | 'server';
}

/**
 * State that several requests, processes or machines share: whole decisions, each of them atomic. What is
 * decided is a value; a decision that was not made is a `StoreError`, which says whether it may
 * have been made all the same. Every operation settles by its deadline; a store that cannot promise that by itself
 * goes behind `guarded`. Stores: `memoryStore()`, `redisStore()` of `@holdfast/redis`; `storeContract`
 * of `@holdfast/core/stateless/testing` is what each has to pass.
 */
export interface Store extends AsyncDisposable {
  /** Stands in errors, events and metrics. */
  readonly name: string;
  readonly kind: string;
  /** Who shares it. */
  readonly scope: 'process' | 'host' | 'shared';
  readonly guarantees: StoreGuarantees;
  /** Takes units of a rate, or as many as are there; gives some back; or looks. */
  take(key: Key, take: Take, operation: Operation): Promise<Metered>;
  /** Takes units of a window; gives some back; or looks. */
  count(key: Key, count: Count, operation: Operation): Promise<Counted>;
  /** Becomes one of the holders, or renews that. */
  lease(key: Key, lease: Lease, operation: Operation): Promise<Leased>;
  /**
   * Gives a lease back, and tells those who watch the key. Late is right, too: the command carries no
   * deadline. Behind `guarded` it is tried again until the lease has ended by itself.
   */
  release(key: Key, lease: Omit<Lease, 'max'>, operation: Operation): Promise<void>;
  /** Undefined where there is none, also where it was removed. */
  read(key: Key, operation: Operation): Promise<Versioned | undefined>;
  write(key: Key, write: Write, operation: Operation): Promise<Written>;
  /** Has a record live for `ttlMs` from now on, not beyond its absolute end. */
  touch(key: Key, ttlMs: number, operation: Operation): Promise<'ok' | 'gone'>;
  /**
   * Removes a record, and for `tombstoneMs` nobody can write it; tells those who watch. With a tombstone late is
   * right, too: the command carries no deadline. Behind `guarded` it is then tried again for ten minutes; without a
   * tombstone it is not, as it would remove what others have written since.
   */
  remove(key: Key, remove: { readonly tombstoneMs: number }, operation: Operation): Promise<void>;
  /**
   * Calls back when a key was announced, removed or released: a hint to look again, which may be lost, come
   * twice, or come for nothing. It is never called within `watch`.
   */
  watch(key: Key, onHint: () => void): Disposable;
  health(): StoreHealth;
}
