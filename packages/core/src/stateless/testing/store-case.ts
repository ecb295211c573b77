import { randomUUID } from 'node:crypto';
import { systemClock } from '../../runtime/system-clock.ts';
import { key, type Key } from '../key.ts';
import { isStoreError } from '../store-error.ts';
import type { Lease, Operation, Store } from '../store.ts';

/** Makes the store that a case runs on. The case ends it. */
export type CreateStore = () => Store | Promise<Store>;

/** One thing that every store has to do. */
export interface StoreCase {
  /** A plain sentence, for a test runner. */
  readonly title: string;
  /** Rejects with an `AssertionError` where the store does something else. */
  run(createStore: CreateStore): Promise<void>;
}

/** A case on one store, which it ends. */
export const storeCase = (title: string, body: (store: Store) => Promise<void>): StoreCase => ({
  title,
  run: async (createStore) => {
    const store = await createStore();
    try {
      await body(store);
    } finally {
      await store[Symbol.asyncDispose]();
    }
  },
});

/** Long enough for a busy machine. */
export const SOON: Operation = { deadlineMs: 5_000 };

/** A key nobody has used: the server of a store may be older than the case. */
export const freshKey = (): Key => key('contract', 'default', randomUUID());

export const freshId = (): string => randomUUID().replaceAll('-', '');

/** A lease of a new holder. */
export const leaseOf = (max: number, leaseMs = 30_000): Lease => ({ max, leaseMs, id: freshId() });

export const bytes = (text: string): Uint8Array => Buffer.from(text);

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    systemClock.setTimer(resolve, ms);
  });

export const now = (): number => systemClock.now();

/** Asks until the answer is there, for ten seconds. */
export const eventually = async <T>(ask: () => Promise<T | undefined>): Promise<T> => {
  const giveUpAt = now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (now() > giveUpAt) throw new Error('it did not happen within ten seconds');
    await pause(5);
  }
};

/** What racers do who find no room on the way to the store: nothing was sent, so they come again. */
const insist = async <T>(act: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!isStoreError(error) || error.failure !== 'not-sent') throw error;
      await pause(5);
    }
  }
};

/** So many do it at once. */
export const racers = <T>(many: number, act: (racer: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: many }, (_, racer) => insist(() => act(racer))));
