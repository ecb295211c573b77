import type { Operation } from './suite.ts';

/** Makes a call `times` times. */
export type Loop = (operation: Operation, times: number) => Promise<void>;

/** Calls that the loop `inFlight` keeps going at once. */
export const IN_FLIGHT = 100;

// Where results go, so that no compiler can drop the calls.
const sink: { last?: unknown } = {};

const awaited: Loop = async (operation, times) => {
  for (let i = 0; i < times; i++) await operation();
};

const caught: Loop = async (operation, times) => {
  for (let i = 0; i < times; i++) {
    try {
      sink.last = await operation();
    } catch (error) {
      sink.last = error;
    }
  }
};

// Not async inside: the loop itself must not meet a promise.
const repeat = (operation: Operation, times: number): void => {
  for (let i = 0; i < times; i++) sink.last = operation();
};

const sync: Loop = (operation, times) => {
  repeat(operation, times);
  return Promise.resolve();
};

const inFlight: Loop = async (operation, times) => {
  const each = times / IN_FLIGHT;
  await Promise.all(Array.from({ length: IN_FLIGHT }, () => awaited(operation, each)));
};

/** Every loop; the module is imported anew for each use, see `lane.ts`. */
export const loops = { awaited, caught, sync, inFlight };

export type LoopKind = keyof typeof loops;
