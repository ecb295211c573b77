import type { Clock } from '@holdfast/core';
import { assertOptions, clockOf, given, nameOf, warnOnce } from '@holdfast/core/adapter';
import {
  guarded,
  memoryStore,
  type GuardedStore,
  type GuardOptions,
  type Store,
} from '@holdfast/core/stateless';
import { RawStore } from './raw-store.ts';
import { supervisorLine } from './supervisor-line.ts';

export interface IpcStoreOptions {
  /** Stands in errors, events and metrics. Default 'ipc'. */
  readonly name?: string | undefined;
  /** How much may be under way and wait; see `guarded`. */
  readonly guard?: Omit<GuardOptions, 'clock'> | undefined;
  /**
   * Under a supervisor not a virtual one: until when something may be done is told by the time of the host, which goes
   * on by itself.
   */
  readonly clock?: Clock | undefined;
}

const OPTIONS: readonly (keyof IpcStoreOptions)[] = ['name', 'guard', 'clock'];

const alone = (name: string, clock: Clock): Store => {
  const message = `no supervisor has started this process: it shares the store "${name}" with no other`;
  warnOnce('HF_IPC_ALONE', message);
  return memoryStore({ name, clock });
};

/**
 * The store that all workers of one supervisor share: limits, leases and records of a host without a server for them.
 *
 * The supervisor keeps it in memory and decides by its own clock; what it keeps and forgets is as with `memoryStore`, with
 * `maxKeys` and `maxBytes` of `supervise({ store })`. Requests of one turn of the event loop go together, and carry their
 * deadline: one that comes later is not done (`release`, and `remove` with a tombstone, are right late, too). Leases of
 * a worker that dies are free at once. What is stored outlives every worker, and ends with the supervisor.
 *
 * The store is `guarded`. A failure is `not-sent` where the supervisor is gone, or 4 MiB wait for it; `refused` where
 * there is no room, a record has more than 1 MiB or a key more than 1,024 letters; `stale` where the request came too late;
 * `unknown` where the line was lost meanwhile. A lost line does not come back: the process ends with its supervisor.
 *
 * A process that no supervisor has started shares it with none: it has a `memoryStore` instead (`kind` and `scope` tell),
 * and a process warning says so once (`HF_IPC_ALONE`). Throws a `ClusterError` (`HF_NO_STORE`) in a worker of
 * `supervise({ store: false })`, and `TypeError` or `RangeError` for a wrong option.
 */
export const ipcStore = (options: IpcStoreOptions = {}): GuardedStore => {
  assertOptions('ipcStore', options, OPTIONS);
  const name = nameOf('name', given(options.name, 'ipc'));
  const clock = clockOf(options.clock);
  const line = supervisorLine();
  const raw = line === undefined ? alone(name, clock) : new RawStore(name, line, clock);
  return guarded(raw, { ...options.guard, clock });
};
