import type { Duplex } from 'node:stream';
import type { Clock } from '@holdfast/core';
import { assertOptions, clockOf, given, numberIn, warnOnce } from '@holdfast/core/adapter';
import { MemoryEngine } from '@holdfast/core/stateless';
import { HostLine, type HostParts } from './host-line.ts';
import { HostWatches } from './host-watches.ts';

export interface StoreHostOptions {
  /** See `memoryStore`. Default 100,000. */
  readonly maxKeys?: number | undefined;
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

/** So many a `Map` holds. */
const MOST_KEYS = 2 ** 24 - 1;

class Host implements StoreHost {
  readonly #lines = new Map<number, HostLine>();
  readonly #parts: HostParts;

  constructor(maxKeys: number, clock: Clock) {
    const watches = new HostWatches();
    const engine = new MemoryEngine({
      name: 'ipc',
      maxKeys,
      now: () => clock.now(),
      fenceOffset: clock.wallNow() - clock.now(),
      tell: (key) => watches.tell(key),
    });
    this.#parts = { engine, watches, clock, maxWatched: maxKeys };
  }

  attach(workerId: number, line: Duplex): void {
    this.release(workerId);
    const hostLine = new HostLine(line, this.#parts, {
      onBroken: (error) => warnOfBroken(workerId, error),
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
}

const warnOfBroken = (workerId: number, error: unknown): void => {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `the line of worker ${workerId} to the shared store is closed: ${reason}`;
  warnOnce('HF_IPC_LINE', message);
};

/**
 * Keeps the store that workers have by `ipcStore()`, in the memory of this process.
 *
 * What it keeps and forgets is as with `memoryStore`. A request that comes after its deadline is not done. Leases of a
 * worker are free as soon as its line ends. A worker that does not take its answers is not read from. One that sends
 * what no worker sends loses its line, with a process warning (`HF_IPC_LINE`), and nothing else happens.
 * Throws `TypeError` or `RangeError` for a wrong option.
 */
export const storeHost = (options: StoreHostOptions = {}): StoreHost => {
  assertOptions('store', options, ['maxKeys', 'clock']);
  const maxKeys = given(options.maxKeys, 100_000);
  const most = numberIn('maxKeys', maxKeys, { whole: true, min: 1, max: MOST_KEYS });
  return new Host(most, clockOf(options.clock));
};
