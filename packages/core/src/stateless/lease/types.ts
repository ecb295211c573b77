import type { Clock, Random } from '../../runtime/clock.ts';
import type { Store } from '../store.ts';

/** Options of `lock`. */
export interface LockOptions {
  /** Who decides. */
  readonly store: Store;
  /** What is locked; stands in keys, errors and events. The same name in another process is the same lock. */
  readonly name: string;
  /** Whose it is. Default `default`. */
  readonly tenant?: string | undefined;
  /**
   * How long what a crashed holder had stays taken: whole milliseconds from 10 to a day. Renewed
   * every third of it while it is held. All who share a lock give the same. Default 10,000.
   */
  readonly leaseMs?: number | undefined;
  /**
   * How long one operation of the store may take: above 0, up to a third of `leaseMs`. Default 50, or
   * that third where it is less.
   */
  readonly deadlineMs?: number | undefined;
  /** How many may wait in this process at once, of all keys together. Default 1,000. */
  readonly maxWaiting?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** Options of `semaphore`. */
export interface SemaphoreOptions extends LockOptions {
  /** How many may hold it at once: a whole number from 1 to a billion. All who share it give the same. */
  readonly max: number;
}

/** What to acquire, and what ends the wait for it. */
export interface AcquireOptions {
  /** Order, account, file …; each is a lock of its own. Without one, the lock that has no key. */
  readonly key?: string | undefined;
  /**
   * How long to wait while others hold it, in milliseconds. Default 0: asks once. In one process those who
   * wait for a key are served in order; between processes there is no order.
   */
  readonly waitMs?: number | undefined;
  /** Its abort ends the wait, and in `run` aborts the signal of the work too. */
  readonly signal?: AbortSignal | undefined;
}

/** What the holder of a lease knows. */
export interface LeaseContext {
  /**
   * Aborts with `HF_LEASE_LOST` when the lease could not be renewed in time: from then on another may
   * hold it. Its `aborted` looks at the clock too, so that a process that stood still sees it before its
   * timers run. Releasing aborts nothing.
   */
  readonly signal: AbortSignal;
  /**
   * Grows with each grant of the key: give it to whatever is written to, and have that refuse a lower
   * one than it has seen. Compare as `BigInt`.
   */
  readonly fence: string;
  readonly key: string | undefined;
}

/** A lease that is held until it is released or lost; also at the end of an `await using`. */
export interface Held extends LeaseContext, AsyncDisposable {
  /**
   * Gives it back. Never rejects: what a lost store does not hear ends by itself within `leaseMs`.
   * Called again, the same promise.
   */
  release(): Promise<void>;
}

/** What `on` of a lock or a semaphore can listen to. */
export interface LeaseEvents {
  /** A lease ended under its holder. */
  lost: { readonly name: string; readonly key: string | undefined; readonly fence: string };
}

/** A lock or a semaphore as plain JSON; reading it changes nothing. The last three are counts. */
export interface LeaseSnapshot {
  readonly name: string;
  /** What this process holds, of all keys. */
  readonly held: number;
  /** Who waits in this process, of all keys. */
  readonly waiting: number;
  readonly acquired: number;
  /** Not acquired because others held it. */
  readonly refused: number;
  readonly lost: number;
}

/** At most so many holders, in whatever processes they are. Made by `lock` or `semaphore`. */
export interface LeasePolicy extends Disposable {
  readonly name: string;
  /**
   * Runs `work` while holding the lease and gives what it gives. Rejects with `HF_LEASE_HELD` and
   * `retryAfterMs` where others hold it, with a `StoreError` where the store does not answer, and
   * at once with `HF_LEASE_LOST` when the lease is lost, or with the reason of the caller's
   * abort: the work has its `signal` to stop by, and what it gives later is dropped. After an abort the lease is no
   * longer renewed; it is given back as the work ends, or ends by itself within `leaseMs`.
   */
  run<T>(work: (context: LeaseContext) => T | PromiseLike<T>, options?: AcquireOptions): Promise<T>;
  /**
   * As `run`, for work that is no function: `undefined` where others hold it. It is renewed until it
   * is released, so release it in a `finally`, or take it with `await using`.
   */
  acquire(options?: AcquireOptions): Promise<Held | undefined>;
  snapshot(): LeaseSnapshot;
  /** Calls `listener` after the state is committed; what it throws is reported, never passed on. */
  on<Name extends keyof LeaseEvents>(
    event: Name,
    listener: (event: LeaseEvents[Name]) => void,
  ): Disposable;
}
