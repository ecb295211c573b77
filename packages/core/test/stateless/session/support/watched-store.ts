import type { Random } from '../../../../src/runtime/clock.ts';
import {
  StoreError,
  type Key,
  type Store,
  type StoreFailure,
} from '../../../../src/stateless/index.ts';

type Method = 'read' | 'write' | 'touch' | 'remove';

/** One call of a store. */
export interface StoreCall {
  readonly method: Method;
  readonly key: Key;
}

/**
 * A store that tells what was asked of it, fails on command, and answers out of order: each call waits for a
 * few turns before and after it is carried out.
 */
export class WatchedStore implements Store {
  readonly #inner: Store;
  readonly #random: Random | undefined;
  calls: StoreCall[] = [];
  /** Fails what it says so of: `before` it is carried out, or after. */
  fails: (call: StoreCall) => 'before' | 'after' | undefined = () => undefined;
  failure: StoreFailure = 'unknown';

  constructor(inner: Store, random?: Random) {
    this.#inner = inner;
    this.#random = random;
  }

  readonly name = 'watched';
  readonly kind = 'watched';

  get scope(): Store['scope'] {
    return this.#inner.scope;
  }

  get guarantees(): Store['guarantees'] {
    return this.#inner.guarantees;
  }

  /** What was called since the last look. */
  taken(): string[] {
    const { calls } = this;
    this.calls = [];
    return calls.map(({ method, key }) => `${method} ${key.split(':', 1)[0]}`);
  }

  lose(failure: StoreFailure = 'not-sent'): void {
    this.failure = failure;
    this.fails = () => 'before';
  }

  restore(): void {
    this.fails = () => undefined;
  }

  read: Store['read'] = (key, operation) =>
    this.#called('read', key, () => this.#inner.read(key, operation));
  write: Store['write'] = (key, write, operation) =>
    this.#called('write', key, () => this.#inner.write(key, write, operation));
  touch: Store['touch'] = (key, ttlMs, operation) =>
    this.#called('touch', key, () => this.#inner.touch(key, ttlMs, operation));
  remove: Store['remove'] = (key, remove, operation) =>
    this.#called('remove', key, () => this.#inner.remove(key, remove, operation));
  take: Store['take'] = (...given) => this.#inner.take(...given);
  count: Store['count'] = (...given) => this.#inner.count(...given);
  lease: Store['lease'] = (...given) => this.#inner.lease(...given);
  release: Store['release'] = (...given) => this.#inner.release(...given);
  watch: Store['watch'] = (...given) => this.#inner.watch(...given);
  health: Store['health'] = () => this.#inner.health();

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#inner[Symbol.asyncDispose]());
  }

  async #called<T>(method: Method, key: Key, act: () => Promise<T>): Promise<T> {
    const call = { method, key };
    this.calls.push(call);
    await this.#wander();
    const fails = this.fails(call);
    if (fails === 'before') throw new StoreError(this.name, this.failure);
    const result = await act();
    await this.#wander();
    if (fails === 'after') throw new StoreError(this.name, this.failure);
    return result;
  }

  async #wander(): Promise<void> {
    if (this.#random === undefined) return;
    for (let turns = Math.floor(this.#random() * 8); turns > 0; turns--) await Promise.resolve();
  }
}
