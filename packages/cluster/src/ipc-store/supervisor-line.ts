import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { clockOf, processWide } from '@holdfast/core/adapter';
import { ClusterError } from '../errors.ts';
import { STORE_DESCRIPTOR } from '../protocol/launch.ts';
import type { Lifecycle } from '../worker/types.ts';
import { StoreLine } from './store-line.ts';

/** `lifecycle()` is not called, as it begins a life where there is none. That of another version may lack things. */
const knownLifecycle = (): Partial<Lifecycle> =>
  processWide<Partial<Lifecycle> | undefined>('lifecycle', () => undefined) ?? {};

/** On Windows a pipe is what connects two processes. */
const isSocket = (descriptor: number): boolean => {
  try {
    const stats = fstatSync(descriptor);
    return stats.isSocket() || stats.isFIFO();
  } catch {
    return false;
  }
};

const open = (): StoreLine | undefined => {
  const { isSupervised = false, sharesStore = true } = knownLifecycle();
  if (!isSupervised) return undefined;
  if (!sharesStore)
    throw new ClusterError(
      'HF_NO_STORE',
      'ipcStore() was called in a worker of supervise({ store: false }): there is no store to share',
    );
  if (!isSocket(STORE_DESCRIPTOR)) return undefined;
  const socket = new Socket({ fd: STORE_DESCRIPTOR, readable: true, writable: true });
  // Who waits for an answer has a deadline, which keeps the process alive.
  socket.unref();
  return new StoreLine(socket, clockOf(undefined));
};

/**
 * The line to the supervisor, one for all stores of this process, as the descriptor can be opened once; undefined where
 * none has started it. Throws a `ClusterError` (`HF_NO_STORE`) where that has no store.
 */
export const supervisorLine = (): StoreLine | undefined => processWide('store-line', open);
