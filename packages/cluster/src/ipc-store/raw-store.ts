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
import { hostOffsetOf } from './host-time.ts';
import type { StoreLine } from './store-line.ts';
import {
  readCounted,
  readDone,
  readLeased,
  readMetered,
  readTouched,
  readVersioned,
  readWritten,
} from './wire/answers.ts';
import type { FrameWriter } from './wire/frame-writer.ts';
import { MAX_DATA_BYTES, MAX_KEY_LETTERS } from './wire/limits.ts';
import {
  COUNT,
  COUNT_BYTES,
  LEASE,
  NUMBER_BYTES,
  READ,
  RELEASE,
  REMOVE,
  sizeOfClaim,
  sizeOfLease,
  sizeOfWrite,
  TAKE,
  TAKE_BYTES,
  TOUCH,
  WRITE,
  writeClaim,
  writeCount,
  writeLease,
  writeTake,
  writeWrite,
} from './wire/requests.ts';

/** What is right late, too. */
const LASTING: Operation = { deadlineMs: Infinity };

/**
 * The store without its guard, which has checked keys and operations, and settles by the deadline. No async
 * functions and no function for each operation: what is asked for is written at once, and one promise tells the answer.
 */
export class RawStore implements Store {
  readonly name: string;
  readonly kind = 'ipc';
  readonly scope = 'host';
  readonly guarantees: StoreGuarantees = {
    survivesRestart: false,
    survivesFailover: 'no',
    clock: 'server',
  };
  readonly #line: StoreLine;
  readonly #clock: Clock;
  readonly #offset: number;
  readonly #watches = new Set<Disposable>();
  #disposed = false;

  constructor(name: string, line: StoreLine, clock: Clock) {
    this.name = name;
    this.#line = line;
    this.#clock = clock;
    this.#offset = hostOffsetOf(clock);
  }

  take(key: Key, take: Take, operation: Operation): Promise<Metered> {
    try {
      storeArguments.assertTake(take);
      writeTake(this.#begin(TAKE, key, operation, TAKE_BYTES), take);
      return this.#line.answer(this.name, readMetered);
    } catch (error) {
      return failed(error);
    }
  }

  count(key: Key, count: Count, operation: Operation): Promise<Counted> {
    try {
      storeArguments.assertCount(count);
      writeCount(this.#begin(COUNT, key, operation, COUNT_BYTES), count);
      return this.#line.answer(this.name, readCounted);
    } catch (error) {
      return failed(error);
    }
  }

  lease(key: Key, lease: Lease, operation: Operation): Promise<Leased> {
    try {
      writeLease(this.#begin(LEASE, key, operation, sizeOfLease(lease)), lease);
      return this.#line.answer(this.name, readLeased);
    } catch (error) {
      return failed(error);
    }
  }

  release(key: Key, lease: Omit<Lease, 'max'>, _operation: Operation): Promise<void> {
    try {
      writeClaim(this.#begin(RELEASE, key, LASTING, sizeOfClaim(lease)), lease);
      return this.#line.answer(this.name, readDone);
    } catch (error) {
      return failed(error);
    }
  }

  read(key: Key, operation: Operation): Promise<Versioned | undefined> {
    try {
      this.#begin(READ, key, operation, 0);
      return this.#line.answer(this.name, readVersioned);
    } catch (error) {
      return failed(error);
    }
  }

  write(key: Key, write: Write, operation: Operation): Promise<Written> {
    try {
      storeArguments.assertWrite(write);
      if (write.data.length > MAX_DATA_BYTES) throw new StoreError(this.name, 'refused');
      writeWrite(this.#begin(WRITE, key, operation, sizeOfWrite(write)), write);
      return this.#line.answer(this.name, readWritten);
    } catch (error) {
      return failed(error);
    }
  }

  touch(key: Key, ttlMs: number, operation: Operation): Promise<'ok' | 'gone'> {
    try {
      storeArguments.assertTtl(ttlMs);
      this.#begin(TOUCH, key, operation, NUMBER_BYTES).number(ttlMs);
      return this.#line.answer(this.name, readTouched);
    } catch (error) {
      return failed(error);
    }
  }

  remove(
    key: Key,
    { tombstoneMs }: { readonly tombstoneMs: number },
    operation: Operation,
  ): Promise<void> {
    try {
      // Without a tombstone a late one would remove what others have written since.
      const within = tombstoneMs > 0 ? LASTING : operation;
      this.#begin(REMOVE, key, within, NUMBER_BYTES).number(tombstoneMs);
      return this.#line.answer(this.name, readDone);
    } catch (error) {
      return failed(error);
    }
  }

  watch(key: Key, onHint: () => void): Disposable {
    nameOf('key', key);
    storeArguments.assertOnHint(onHint);
    if (this.#disposed || key.length > MAX_KEY_LETTERS)
      return { [Symbol.dispose]: () => undefined };
    const watch = this.#line.watches.add(key, onHint);
    this.#watches.add(watch);
    return {
      [Symbol.dispose]: () => {
        this.#watches.delete(watch);
        watch[Symbol.dispose]();
      },
    };
  }

  health(): StoreHealth {
    const lost = this.#disposed || this.#line.lost;
    return { state: lost ? 'lost' : 'up', pending: this.#line.pending, warnings: [] };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    for (const watch of this.#watches) watch[Symbol.dispose]();
    this.#watches.clear();
    return Promise.resolve();
  }

  #begin(code: number, key: Key, { deadlineMs }: Operation, bytes: number): FrameWriter {
    if (key.length > MAX_KEY_LETTERS) throw new StoreError(this.name, 'refused');
    const to = this.#disposed ? undefined : this.#line.begin(code, key, bytes);
    if (to === undefined) throw new StoreError(this.name, 'not-sent');
    to.number(this.#clock.now() + this.#offset + deadlineMs);
    return to;
  }
}

const failed = (reason: unknown): Promise<never> => Promise.reject(reason);
