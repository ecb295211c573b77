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
import type { RedisDriver, ScriptCall } from './drivers/driver.ts';
import { Executor } from './executor.ts';
import type { KeyNames, Names } from './key-names.ts';
import {
  countedOf,
  leasedOf,
  meteredOf,
  touchedOf,
  versionedOf,
  writtenOf,
  type Reply,
} from './replies.ts';
import { argumentOf, firstMark, holderOf } from './script-arguments.ts';
import type { Script } from './scripts/script.ts';
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

/** Its place is taken by the deadline as the server has it. */
const DEADLINE = '';

const nothing = (): void => undefined;

/** The store without its guard: operations end when the client ends them. */
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
  /** Of the last write. */
  #mark = firstMark();

  constructor({ name, driver, names, scripts, clock }: RawStoreOptions) {
    this.name = name;
    this.#names = names;
    this.#scripts = scripts;
    this.#clock = clock;
    this.#warnings = new StoreWarnings(name);
    const onFirstAnswer = (): void => this.#warnings.check(driver, clock);
    this.#executor = new Executor({ name, driver, clock, onFirstAnswer });
    this.#watches = new Watches(driver, (error) => this.#warnings.addDeaf(error));
  }

  take(key: Key, take: Take, operation: Operation): Promise<Metered> {
    try {
      storeArguments.assertTake(take);
      const names = this.#begin(key, operation);
      const { unitsPerMs, burst, want, min = want } = take;
      const numbers = [DEADLINE, String(unitsPerMs), String(burst)];
      // What is left out is 1: each argument costs both sides.
      if (want !== 1 || min !== 1) numbers.push(String(want), String(min));
      const call = { keys: [names.rate], arguments: numbers };
      return this.#run(this.#scripts.take, call, operation, meteredOf);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  count(key: Key, count: Count, operation: Operation): Promise<Counted> {
    try {
      storeArguments.assertCount(count);
      const names = this.#begin(key, operation);
      const { quota, windowMs, cost, span } = count;
      const numbers = [DEADLINE, String(quota), String(windowMs), String(cost)];
      if (span !== undefined) numbers.push(String(span));
      const call = { keys: [names.window], arguments: numbers };
      return this.#run(this.#scripts.count, call, operation, countedOf);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  lease(key: Key, lease: Lease, operation: Operation): Promise<Leased> {
    try {
      storeArguments.assertLease(lease);
      const names = this.#begin(key, operation);
      const { max, leaseMs } = lease;
      const about = [DEADLINE, String(max), String(leaseMs), holderOf(lease)];
      const call = { keys: [names.lease, names.fence], arguments: about };
      return this.#run(this.#scripts.lease, call, operation, leasedOf);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  release(key: Key, lease: Omit<Lease, 'max'>, operation: Operation): Promise<void> {
    try {
      storeArguments.assertRelease(lease);
      const { lease: name, channel } = this.#begin(key, operation);
      const call = { keys: [name], arguments: [holderOf(lease), channel] };
      return this.#executor.run({ script: this.#scripts.release, call, decode: nothing });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  read(key: Key, operation: Operation): Promise<Versioned | undefined> {
    try {
      const call = { keys: [this.#begin(key, operation).record], arguments: [DEADLINE] };
      return this.#run(this.#scripts.read, call, operation, versionedOf);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  write(key: Key, write: Write, operation: Operation): Promise<Written> {
    try {
      storeArguments.assertWrite(write);
      const { record, channel } = this.#begin(key, operation);
      const { mode, version = 0, ttlMs, absoluteMs = 0, announce = false } = write;
      const about = [DEADLINE, mode, String(version), String(ttlMs), String(absoluteMs)];
      about.push(announce ? channel : '', String(++this.#mark));
      const call = { keys: [record], arguments: [...about, argumentOf(write.data)] };
      return this.#run(this.#scripts.write, call, operation, writtenOf);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  touch(key: Key, ttlMs: number, operation: Operation): Promise<'ok' | 'gone'> {
    try {
      storeArguments.assertTtl(ttlMs);
      const { record } = this.#begin(key, operation);
      const call = { keys: [record], arguments: [DEADLINE, String(ttlMs)] };
      return this.#run(this.#scripts.touch, call, operation, touchedOf);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  remove(key: Key, remove: { readonly tombstoneMs: number }, operation: Operation): Promise<void> {
    try {
      storeArguments.assertRemove(remove);
      const { record, channel } = this.#begin(key, operation);
      const call = { keys: [record], arguments: [String(remove.tombstoneMs), channel] };
      return this.#executor.run({ script: this.#scripts.remove, call, decode: nothing });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  watch(key: Key, onHint: () => void): Disposable {
    nameOf('key', key);
    storeArguments.assertOnHint(onHint);
    if (this.#disposed) return { [Symbol.dispose]: nothing };
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

  #begin(key: Key, operation: Operation): Names {
    storeArguments.assertOperation(key, operation);
    if (this.#disposed) throw new StoreError(this.name, 'not-sent');
    operation.signal?.throwIfAborted();
    return this.#names.of(key);
  }

  #run<T>(
    script: Script,
    call: ScriptCall,
    { deadlineMs }: Operation,
    decode: (reply: Reply) => T,
  ): Promise<T> {
    return this.#executor.run({ script, call, decode, until: this.#clock.now() + deadlineMs });
  }
}
