import { Emitter } from '../../events/emitter.ts';
import type { Clock } from '../../runtime/clock.ts';
import { assertLease, assertOperation, assertRelease, assertRemove } from '../arguments.ts';
import type { Key } from '../key.ts';
import { isStoreError } from '../store-error.ts';
import { storeOf } from '../store-option.ts';
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
import { Backlog } from './backlog.ts';
import { Circuit } from './circuit.ts';
import type { Send } from './command.ts';
import { guardTap } from './events.ts';
import { Probe } from './probe.ts';
import { isWrongArgument } from './reading.ts';
import { guardSettingsOf, type GuardSettings } from './settings.ts';
import { Traffic } from './traffic.ts';
import type { GuardedStore, GuardEvents, GuardOptions } from './types.ts';

/** How long a removal is done again: a log-out has to take hold after an outage of minutes. */
const REMOVE_FOR_MS = 600_000;

/** An operation that is done late rather than never. */
interface Lasting {
  /** What it does: that is worth doing once. */
  readonly name: string;
  readonly forMs: number;
  readonly send: Send<void>;
}

const METHODS = [
  ...(['take', 'count', 'lease', 'release', 'read', 'write', 'touch', 'remove'] as const),
  ...(['watch', 'health'] as const),
];

const nameOfRelease = (key: Key, { id }: { readonly id: string }): string => `release:${key}:${id}`;

class Guarded implements GuardedStore {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #events = new Emitter<GuardEvents>(guardTap);
  readonly #circuit: Circuit;
  readonly #traffic: Traffic;
  readonly #backlog: Backlog;
  #ended: Promise<void> | undefined = undefined;

  constructor(store: Store, settings: GuardSettings) {
    const { name } = store;
    const { clock, random } = settings;
    const probe = new Probe(store, clock);
    this.#store = store;
    this.#clock = clock;
    this.#circuit = new Circuit({
      name,
      clock,
      random,
      probe: () => probe.run(this.#traffic),
      onLost: () => this.#onLost(),
      onRestored: (lostForMs) => this.#onRestored(lostForMs),
    });
    this.#traffic = new Traffic(name, clock, this.#circuit, settings);
    this.#backlog = new Backlog(settings.maxBacklog, this.#circuit, this.#traffic);
  }

  get name(): string {
    return this.#store.name;
  }

  get kind(): string {
    return this.#store.kind;
  }

  get scope(): Store['scope'] {
    return this.#store.scope;
  }

  get guarantees(): StoreGuarantees {
    return this.#store.guarantees;
  }

  take(key: Key, take: Take, operation: Operation): Promise<Metered> {
    return this.#run(key, operation, (sent) => this.#store.take(key, take, sent));
  }

  count(key: Key, count: Count, operation: Operation): Promise<Counted> {
    return this.#run(key, operation, (sent) => this.#store.count(key, count, sent));
  }

  async lease(key: Key, lease: Lease, operation: Operation): Promise<Leased> {
    assertOperation(key, operation);
    assertLease(lease);
    // Whoever takes a lease again does not want it released late.
    if (this.#backlog.size > 0) this.#backlog.forget(nameOfRelease(key, lease));
    return this.#traffic.run(operation, (sent) => this.#store.lease(key, lease, sent));
  }

  async release(key: Key, lease: Omit<Lease, 'max'>, operation: Operation): Promise<void> {
    assertOperation(key, operation);
    assertRelease(lease);
    try {
      await this.#runLasting(operation, {
        name: nameOfRelease(key, lease),
        forMs: lease.leaseMs,
        send: (sent) => this.#store.release(key, lease, sent),
      });
    } catch (error) {
      // The caller is done; what is left to do is done without him.
      if (!isStoreError(error) || this.#ended !== undefined) throw error;
    }
  }

  read(key: Key, operation: Operation): Promise<Versioned | undefined> {
    return this.#run(key, operation, (sent) => this.#store.read(key, sent));
  }

  write(key: Key, write: Write, operation: Operation): Promise<Written> {
    return this.#run(key, operation, (sent) => this.#store.write(key, write, sent));
  }

  touch(key: Key, ttlMs: number, operation: Operation): Promise<'ok' | 'gone'> {
    return this.#run(key, operation, (sent) => this.#store.touch(key, ttlMs, sent));
  }

  async remove(
    key: Key,
    remove: { readonly tombstoneMs: number },
    operation: Operation,
  ): Promise<void> {
    assertOperation(key, operation);
    assertRemove(remove);
    const send: Send<void> = (sent) => this.#store.remove(key, remove, sent);
    // Without a tombstone others may write meanwhile: done late it would remove what is theirs.
    if (remove.tombstoneMs === 0) return this.#traffic.run(operation, send);
    return this.#runLasting(operation, { name: `remove:${key}`, forMs: REMOVE_FOR_MS, send });
  }

  watch(key: Key, onHint: () => void): Disposable {
    return this.#store.watch(key, onHint);
  }

  health(): StoreHealth {
    const { state, warnings } = this.#store.health();
    const { pending, overdue, stuck } = this.#traffic;
    const lost = state === 'lost' || this.#circuit.lost || stuck;
    const warning = `${overdue} operations were given up and have not ended`;
    return {
      state: lost ? 'lost' : 'up',
      pending,
      warnings: overdue === 0 ? warnings : [...warnings, warning],
    };
  }

  on<Name extends keyof GuardEvents>(
    name: Name,
    listener: (event: GuardEvents[Name]) => void,
  ): Disposable {
    return this.#events.on(name, listener);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  #run<T>(key: Key, operation: Operation, send: Send<T>): Promise<T> {
    try {
      assertOperation(key, operation);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#traffic.run(operation, send);
  }

  async #runLasting(operation: Operation, { name, forMs, send }: Lasting): Promise<void> {
    const until = this.#clock.now() + forMs;
    const unwanted = operation.signal?.aborted === true;
    try {
      await this.#traffic.run(operation, send);
    } catch (error) {
      if (this.#ended === undefined && !unwanted && !isWrongArgument(error)) {
        this.#backlog.add(name, { send, deadlineMs: operation.deadlineMs, until });
      }
      throw error;
    }
  }

  #onLost(): void {
    this.#traffic.refuseWaiting();
    this.#events.emit('lost', { name: this.name });
    this.#events.flush(undefined);
  }

  #onRestored(lostForMs: number): void {
    this.#backlog.resume();
    this.#events.emit('restored', { name: this.name, lostForMs });
    this.#events.flush(undefined);
  }

  async #end(): Promise<void> {
    this.#circuit.close();
    this.#traffic.refuseWaiting();
    this.#backlog.close();
    await this.#traffic.idle();
    this.#events.close();
    await this.#store[Symbol.asyncDispose]();
  }
}

/**
 * A store whose operations end by their deadline, whatever becomes of the store.
 *
 * At most `maxPending` (default 64) are under way, each until the store itself has ended it. What comes beyond
 * waits for its turn, within its own deadline; it fails with a `StoreError` (`not-sent`) when that is over, or when
 * less is left than one and a half times what answers took lately. One that was sent and has no answer in time fails
 * with `unknown`. A stall of this process is not counted against the store: answers that lie in the socket are read
 * first.
 *
 * After five failures in a row (those of 10 ms count once), when half of the last second's 200 or more
 * failed, or when one comes to nothing while eight are under way and none was heard of since it was sent, the store
 * is lost: operations fail at once with `not-sent` and `retryAfterMs`. A failure is `not-sent`,
 * `stale`, `unknown`, or no answer in the time that the store may take since an operation was sent: the longest
 * deadline of the last minute, from 50 ms up to a second, or its own where that is longer. So who gives less time, or
 * had less left after his wait, does not take the store from others. An answer in that time is none, slow or not, nor
 * is `refused`. A read of the guard's own finds out when the store is back, first after 100 ms, later each second,
 * and as soon as it ends what was overdue; it has nine tenths of the longest deadline of the last minute.
 *
 * `release` never fails for a lost store; `remove` does, and with a tombstone it takes hold all the same: both
 * are done again in the background, for `leaseMs` and for ten minutes. Without a tombstone it is not, as it would
 * remove what others have written since. The end of the guard waits for those who wait for an answer and ends the
 * store as well. Events go to `holdfast:store`, too. Throws `TypeError` or `RangeError` for a wrong option.
 */
export const guarded = (store: Store, options: GuardOptions = {}): GuardedStore =>
  new Guarded(storeOf(store, METHODS), guardSettingsOf(options));
