import type { Duplex } from 'node:stream';
import type { Clock } from '@holdfast/core';
import { assertOptions, clockOf } from '@holdfast/core/adapter';
import { MemoryEngine } from '@holdfast/core/stateless';
import { HostLine, type HostParts } from './host-line.ts';
import { HostWatches } from './host-watches.ts';
import { storeLimitsOf, type SharedStoreOptions, type StoreLimits } from './store-limits.ts';

export interface StoreHostOptions extends SharedStoreOptions {
  /** A virtual one only where workers have the same: they tell by the host's time until when something may be done. */
  readonly clock?: Clock | undefined;
}

/** What the store of the supervisor has of one worker. */
export interface StoreLineSnapshot {
  readonly workerId: number;
  readonly leases: number;
  readonly watched: number;
  /** Whether it takes no answers at the moment; then nothing is read from it. */
  readonly blocked: boolean;
}

/** The store that all workers of a supervisor share, as the supervisor has it. */
export interface StoreHost extends Disposable {
  /** Serves a worker by its line, `process.stdio[STORE_DESCRIPTOR]`, until that ends. */
  attach(workerId: number, line: Duplex): void;
  /** The worker is gone: what it held is free, also if its line has not ended. */
  release(workerId: number): void;
  snapshot(): readonly StoreLineSnapshot[];
}

/** A program that breaks its line in every process that it is started in must not fill the log. */
const MOST_WARNINGS = 20;

class Host implements StoreHost {
  readonly #lines = new Map<number, HostLine>();
  readonly #parts: HostParts;
  #broken = 0;

  constructor({ maxKeys, maxBytes }: StoreLimits, clock: Clock) {
    const room = { left: maxBytes };
    const watches = new HostWatches(room);
    const engine = new MemoryEngine({
      name: 'ipc',
      maxKeys,
      room,
      maxKeyBytes: maxBytes,
      now: () => clock.now(),
      fenceOffset: clock.wallNow() - clock.now(),
      tell: (key) => watches.tell(key),
    });
    this.#parts = { engine, watches, clock, maxWatched: maxKeys };
  }

  attach(workerId: number, line: Duplex): void {
    this.release(workerId);
    const hostLine = new HostLine(line, this.#parts, {
      onBroken: (error) => this.#warn(workerId, error),
      onClosed: () => {
        if (this.#lines.get(workerId) === hostLine) this.#lines.delete(workerId);
      },
    });
    this.#lines.set(workerId, hostLine);
  }

  release(workerId: number): void {
    this.#lines.get(workerId)?.close();
  }

  snapshot(): readonly StoreLineSnapshot[] {
    return Array.from(this.#lines, ([workerId, { leases, watched, blocked }]) => ({
      workerId,
      leases,
      watched,
      blocked,
    }));
  }

  [Symbol.dispose](): void {
    for (const line of this.#lines.values()) line.close();
  }

  #warn(workerId: number, error: unknown): void {
    if (++this.#broken > MOST_WARNINGS) return;
    const reason = error instanceof Error ? error.message : String(error);
    const message = `the line of worker ${workerId} to the shared store is closed: ${reason}`;
    process.emitWarning(message, { code: 'HF_IPC_LINE', type: 'HoldfastWarning' });
  }
}

/**
 * Keeps the store that workers have by `ipcStore()`, in the memory of this process.
 *
 * What it keeps and forgets is as with `memoryStore`, and a record or a lease for which `maxBytes` leave no room is
 * refused, while a new limit drives out others; nor is a worker told of keys beyond that. A request that comes after its deadline is not done. Leases of a
 * worker are free as soon as its line ends. A worker that does not take its answers is not read from. One that sends
 * what no worker sends loses its line, with a process warning (`HF_IPC_LINE`, 20 at the most), and nothing else happens.
 * Throws `TypeError` or `RangeError` for a wrong option.
 */
export const storeHost = (options: StoreHostOptions = {}): StoreHost => {
  assertOptions('store', options, ['maxKeys', 'maxBytes', 'clock']);
  return new Host(storeLimitsOf(options), clockOf(options.clock));
};
