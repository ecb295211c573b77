import type { Key } from '../../../src/stateless/key.ts';
import { memoryStore } from '../../../src/stateless/memory/memory-store.ts';
import { StoreError, type StoreFailure } from '../../../src/stateless/store-error.ts';
import type {
  Count,
  Counted,
  Lease,
  Leased,
  Metered,
  Operation,
  Store,
  StoreHealth,
  Take,
  Versioned,
  Write,
  Written,
} from '../../../src/stateless/store.ts';
import type { Clock } from '../../../src/runtime/clock.ts';

/** How long a command is on its way, and its answer. */
export interface Latency {
  readonly thereMs: number;
  readonly backMs: number;
}

/** A command that was given to the store. */
export interface Command {
  readonly name: 'take' | 'count' | 'lease' | 'release';
  readonly key: Key;
  /** What it wants: units; below 0 to give back. */
  readonly units: number;
  /** When it was carried out, if it was. */
  appliedAt: number | undefined;
  /** Whether nobody knows yet what became of it. */
  pending: boolean;
}

const AT_ONCE: Latency = { thereMs: 0, backMs: 0 };

/** A store that several may stand before, each with a way of its own, and that fails on command. */
export class FaultStore implements Store {
  readonly name = 'faulty';
  readonly kind = 'faulty';
  readonly scope = 'process';
  readonly guarantees: Store['guarantees'];
  readonly commands: Command[] = [];
  /** What every command fails with; undefined while the store is there. */
  failure: StoreFailure | 'a bug' | undefined = undefined;
  retryAfterMs: number | undefined = undefined;
  latency: Latency = AT_ONCE;
  /** Most requests for units of one key that were under way at once. */
  mostAtOnce = 0;
  readonly #inner: Store;
  readonly #clock: Clock;

  constructor(clock: Clock, inner: Store = memoryStore({ clock })) {
    this.#clock = clock;
    this.#inner = inner;
    this.guarantees = inner.guarantees;
  }

  /** Another way to the same store. */
  another(): FaultStore {
    return new FaultStore(this.#clock, this.#inner);
  }

  of(name: Command['name']): readonly Command[] {
    return this.commands.filter((command) => command.name === name);
  }

  take(key: Key, take: Take, operation: Operation): Promise<Metered> {
    const command = { name: 'take', key, units: take.want } as const;
    return this.#do(command, operation, () => this.#inner.take(key, take, operation));
  }

  count(key: Key, count: Count, operation: Operation): Promise<Counted> {
    const command = { name: 'count', key, units: count.cost } as const;
    return this.#do(command, operation, () => this.#inner.count(key, count, operation));
  }

  lease(key: Key, lease: Lease, operation: Operation): Promise<Leased> {
    const command = { name: 'lease', key, units: 0 } as const;
    return this.#do(command, operation, () => this.#inner.lease(key, lease, operation));
  }

  release(key: Key, lease: Omit<Lease, 'max'>, operation: Operation): Promise<void> {
    const command = { name: 'release', key, units: 0 } as const;
    return this.#do(command, operation, () => this.#inner.release(key, lease, operation));
  }

  read(key: Key, operation: Operation): Promise<Versioned | undefined> {
    return this.#inner.read(key, operation);
  }

  write(key: Key, write: Write, operation: Operation): Promise<Written> {
    return this.#inner.write(key, write, operation);
  }

  touch(key: Key, ttlMs: number, operation: Operation): Promise<'ok' | 'gone'> {
    return this.#inner.touch(key, ttlMs, operation);
  }

  remove(key: Key, remove: { readonly tombstoneMs: number }, operation: Operation): Promise<void> {
    return this.#inner.remove(key, remove, operation);
  }

  watch(key: Key, onHint: () => void): Disposable {
    return this.#inner.watch(key, onHint);
  }

  health(): StoreHealth {
    return this.#inner.health();
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#inner[Symbol.asyncDispose]();
  }

  async #do<T>(
    told: Pick<Command, 'name' | 'key' | 'units'>,
    { deadlineMs }: Operation,
    act: () => Promise<T>,
  ): Promise<T> {
    const command: Command = { ...told, appliedAt: undefined, pending: true };
    this.commands.push(command);
    this.#count(command);
    try {
      return await this.#carryOut(command, deadlineMs, act);
    } finally {
      command.pending = false;
    }
  }

  async #carryOut<T>(command: Command, deadlineMs: number, act: () => Promise<T>): Promise<T> {
    const { failure, latency } = this;
    const { thereMs, backMs } = latency;
    if (failure === 'a bug') throw new TypeError('a bug of the store');
    if (failure === 'unknown') await act();
    if (failure !== undefined) throw this.#error(failure);
    if (thereMs > deadlineMs) return this.#fail('stale', deadlineMs);
    await this.#sleep(thereMs);
    command.appliedAt = this.#clock.now();
    const answer = await act();
    if (thereMs + backMs > deadlineMs) return this.#fail('unknown', deadlineMs - thereMs);
    await this.#sleep(backMs);
    return answer;
  }

  async #fail(failure: StoreFailure, afterMs: number): Promise<never> {
    await this.#sleep(afterMs);
    throw this.#error(failure);
  }

  #error(failure: StoreFailure): StoreError {
    return new StoreError(this.name, failure, { retryAfterMs: this.retryAfterMs });
  }

  #sleep(ms: number): Promise<void> {
    if (ms === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#clock.setTimer(resolve, ms);
    });
  }

  #count({ name, key, units }: Command): void {
    if (name !== 'take' || units <= 0) return;
    const pending = this.commands.filter(
      (other) => other.pending && other.key === key && other.name === 'take' && other.units > 0,
    );
    this.mostAtOnce = Math.max(this.mostAtOnce, pending.length);
  }
}
