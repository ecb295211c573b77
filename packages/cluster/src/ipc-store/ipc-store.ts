import type { Clock } from '@holdfast/core';
import { assertOptions, clockOf, given, nameOf, warnOnce } from '@holdfast/core/adapter';
import {
  guarded,
  memoryStore,
  type GuardedStore,
  type GuardOptions,
} from '@holdfast/core/stateless';
import { supervisorLine } from './supervisor-line.ts';
import { RawStore } from './raw-store.ts';

export interface IpcStoreOptions {
  /** Stands in errors, events and metrics. Default 'ipc'. */
  readonly name?: string | undefined;
  /** How much may be under way and wait; see `guarded`. */
  readonly guard?: Omit<GuardOptions, 'clock'> | undefined;
  readonly clock?: Clock | undefined;
}

const OPTIONS: readonly (keyof IpcStoreOptions)[] = ['name', 'guard', 'clock'];

export const ipcStore = (options: IpcStoreOptions = {}): GuardedStore => {
  assertOptions('ipcStore', options, OPTIONS);
  const name = nameOf('name', given(options.name, 'ipc'));
  const clock = clockOf(options.clock);
  const line = supervisorLine();
  if (line === undefined) {
    warnOnce('HF_IPC_ALONE', `no supervisor has started this process: the store "${name}" is shared with no other`);
  }
  const raw = line === undefined ? memoryStore({ name, clock }) : new RawStore(name, line, clock);
  return guarded(raw, { ...options.guard, clock });
};
