import type {
  Count,
  Counted,
  Lease,
  Leased,
  Metered,
  Take,
  Versioned,
  Write,
  Written,
} from '../store.ts';
import { Leases } from './leases.ts';
import { lossOfRate, Rates } from './rates.ts';
import { Records } from './records.ts';
import { Table, type Room } from './table.ts';
import { lossOfWindow, Windows } from './windows.ts';

export interface MemoryEngineOptions {
  /** Of the store, for its errors. */
  readonly name: string;
  /** The most rates, windows, keys that are leased, leases of all keys together, and records, each. */
  readonly maxKeys: number;
  /** How many bytes records and their keys may take up, two for each letter of a key. Default: without end. */
  readonly room?: Room | undefined;
  /**
   * How many bytes the keys of rates, of windows and of leases may take up, each, two for each letter. Where there is no
   * room rates and windows drive out others of their kind, and a lease is refused. Default: without end.
   */
  readonly maxKeyBytes?: number | undefined;
  /** Milliseconds; may step back and forth. */
  readonly now: () => number;
  /** What `now` lacks to a clock that goes on over a restart; fences are made of the sum. */
  readonly fenceOffset: number;
  /** Something happened to a key that those who watch it are told. */
  readonly tell: (key: string) => void;
}

/** Further than a clock steps back. */
const KEEP_MS = 300_000;
/** What fences are kept for while there is room. */
const DAY_MS = 86_400_000;

/**
 * Decides what a store in memory decides, at once and without a promise, so that it can also run in another
 * process than the one that asks. What it is asked must have been checked.
 */
export class MemoryEngine {
  readonly #now: () => number;
  readonly #tell: (key: string) => void;
  readonly #rates: Rates;
  readonly #windows: Windows;
  readonly #leases: Leases;
  readonly #records: Records;

  constructor({ name, maxKeys, room, maxKeyBytes, now, fenceOffset, tell }: MemoryEngineOptions) {
    this.#now = now;
    this.#tell = tell;
    const limits = { name, maxKeys, maxKeyBytes, keepMs: KEEP_MS };
    const kept = { name, maxKeys, lossOf: undefined };
    this.#rates = new Rates(new Table({ ...limits, lossOf: lossOfRate }));
    this.#windows = new Windows(new Table({ ...limits, lossOf: lossOfWindow }));
    const leases = { ...kept, maxKeyBytes, keepMs: DAY_MS, room: { left: maxKeys } };
    this.#leases = new Leases(new Table(leases), fenceOffset);
    this.#records = new Records(new Table({ ...kept, keepMs: KEEP_MS, room }));
  }

  take(key: string, take: Take): Metered {
    return this.#rates.take(key, take, this.#now());
  }

  count(key: string, count: Count): Counted {
    return this.#windows.count(key, count, this.#now());
  }

  lease(key: string, lease: Lease): Leased {
    return this.#leases.lease(key, lease, this.#now());
  }

  release(key: string, lease: Omit<Lease, 'max'>): void {
    if (this.#leases.release(key, lease)) this.#tell(key);
  }

  read(key: string): Versioned | undefined {
    return this.#records.read(key, this.#now());
  }

  write(key: string, write: Write): Written {
    const written = this.#records.write(key, write, this.#now());
    if (written.ok && write.announce === true) this.#tell(key);
    return written;
  }

  touch(key: string, ttlMs: number): 'ok' | 'gone' {
    return this.#records.touch(key, ttlMs, this.#now());
  }

  remove(key: string, { tombstoneMs }: { readonly tombstoneMs: number }): void {
    this.#records.remove(key, tombstoneMs, this.#now());
    this.#tell(key);
  }
}
