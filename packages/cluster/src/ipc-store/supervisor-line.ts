import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { clockOf } from '@holdfast/core/adapter';
import { STORE_DESCRIPTOR } from '../protocol/launch.ts';
import { LIFECYCLE, STORE_LINE } from '../protocol/process-wide.ts';
import { StoreLine } from './store-line.ts';

/** `lifecycle()` is not called, as it begins a life where there is none. */
const isSupervised = (): boolean => {
  const known: unknown = Reflect.get(globalThis, LIFECYCLE);
  return typeof known === 'object' && known !== null && Reflect.get(known, 'isSupervised') === true;
};

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
  if (!isSupervised() || !isSocket(STORE_DESCRIPTOR)) return undefined;
  const socket = new Socket({ fd: STORE_DESCRIPTOR, readable: true, writable: true });
  // Who waits for an answer has a deadline, which keeps the process alive.
  socket.unref();
  return new StoreLine(socket, clockOf(undefined));
};

/** The line to the supervisor, one for all stores of this process; undefined where none has started it. */
export const supervisorLine = (): StoreLine | undefined => {
  // Of another copy of this package where that was first: the descriptor can be opened once.
  const known: StoreLine | undefined = Reflect.get(globalThis, STORE_LINE);
  if (known !== undefined) return known;
  const line = open();
  if (line !== undefined) Object.defineProperty(globalThis, STORE_LINE, { value: line });
  return line;
};
