import type { Clock } from '@holdfast/core';
import { nameOf } from '@holdfast/core/adapter';
import {
  StoreError,
  storeArguments,
  type Count,
  type Counted,
  type Key,
  type Lease,
  type Leased,
  type Metered,
  type Operation,
  type Store,
  type StoreGuarantees,
  type StoreHealth,
  type Take,
  type Versioned,
  type Write,
  type Written,
} from '@holdfast/core/stateless';
import {
  COUNT,
  LEASE,
  READ,
  RELEASE,
  REMOVE,
  TAKE,
  TOUCH,
  WRITE,
  type Command,
} from './commands.ts';
import type { RedisDriver } from './drivers/driver.ts';
import { Executor } from './executor.ts';
import type { KeyNames } from './key-names.ts';
import type { Scripts } from './scripts/scripts.ts';
import { StoreWarnings } from './store-warnings.ts';
import { Watches } from './watches.ts';

export interface RawStoreOptions {
  readonly name: string;
  readonly driver: RedisDriver;
  readonly names: KeyNames;
  readonly scripts: Scripts;
  readonly clock: Clock;
}

/** The store without its guard, which has checked keys and operations: it ends when the client ends. */
export class RawStore implements Store {
  readonly name: string;
  readonly kind = 'redis';
  readonly scope = 'shared';
  readonly guarantees: StoreGuarantees = {
    survivesRestart: false,
    survivesFailover: 'best-effort',
    clock: 'server',
  };
  readonly #names: KeyNames;
  readonly #scripts: Scripts;
  readonly #clock: Clock;
  readonly #executor: Executor;
  readonly #watches: Watches;
  readonly #warnings: StoreWarnings;
  #disposed = false;

  constructor({ name, driver, names, scripts, clock }: RawStoreOptions) {
    this.name = name;
    this.#names = names;
    this.#scripts = scripts;
    this.#clock = clock;
    this.#warnings = new StoreWarnings(name);
    const onFirstAnswer = (): void => void this.#warnings.check(driver, clock);
    this.#executor = new Executor({ name, driver, clock, onFirstAnswer });
    this.#watches = new Watches(driver, (error) => this.#warnings.addDeaf(error));
  }

  take(key: Key, take: Take, operation: Operation): Promise<Metered> {
    return this.#run(TAKE, key, take, operation);
  }

  count(key: Key, count: Count, operation: Operation): Promise<Counted> {
    return this.#run(COUNT, key, count, operation);
  }

  lease(key: Key, lease: Lease, operation: Operation): Promise<Leased> {
    return this.#run(LEASE, key, lease, operation);
  }

  release(key: Key, lease: Omit<Lease, 'max'>, operation: Operation): Promise<void> {
    return this.#run(RELEASE, key, lease, operation);
  }

  read(key: Key, operation: Operation): Promise<Versioned | undefined> {
    return this.#run(READ, key, undefined, operation);
  }

  write(key: Key, write: Write, operation: Operation): Promise<Written> {
    return this.#run(WRITE, key, write, operation);
  }

  touch(key: Key, ttlMs: number, operation: Operation): Promise<'ok' | 'gone'> {
    return this.#run(TOUCH, key, ttlMs, operation);
  }

  remove(key: Key, remove: { readonly tombstoneMs: number }, operation: Operation): Promise<void> {
    return this.#run(REMOVE, key, remove, operation);
  }

  watch(key: Key, onHint: () => void): Disposable {
    nameOf('key', key);
    storeArguments.assertOnHint(onHint);
    if (this.#disposed) return { [Symbol.dispose]: () => undefined };
    return this.#watches.add(this.#names.of(key).channel, onHint);
  }

  health(): StoreHealth {
    return {
      state: this.#disposed ? 'lost' : 'up',
      pending: this.#executor.pending,
      warnings: this.#warnings.all,
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    this.#watches.close();
    return Promise.resolve();
  }

  #run<What, Answer>(
    { script, assert, callOf, decode, deadline = true }: Command<What, Answer>,
    key: Key,
    what: What,
    { deadlineMs }: Operation,
  ): Promise<Answer> {
    try {
      assert?.(what);
      if (this.#disposed) throw new StoreError(this.name, 'not-sent');
      const until = deadline ? this.#clock.now() + deadlineMs : undefined;
      const call = callOf(this.#names.of(key), what);
      return this.#executor.run({ script: this.#scripts[script], call, decode, until });
    } catch (error) {
      return Promise.reject(error);
    }
  }
}
