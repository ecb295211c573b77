import {
  key,
  lock,
  memoryStore,
  semaphore,
  type LeasePolicy,
  type LockOptions,
  type Store,
} from '../../../../src/stateless/index.ts';
import { RecordingClock } from '../../../support/recording-clock.ts';
import { ScriptedStore } from './scripted-store.ts';

export interface Bench {
  readonly clock: RecordingClock;
  /** What really stands in the store. */
  readonly memory: Store;
  readonly scripted: ScriptedStore;
  /** With a lease of 9 s, renewed every 3 s, and 1 s for an operation. */
  readonly policy: LeasePolicy;
}

export const OPERATION = { deadlineMs: 50 } as const;
export const DOOR = key('lock', 'default', 'door');

const TIMES = { leaseMs: 9_000, deadlineMs: 1_000, random: () => 0 } as const;

/** A lock on a virtual clock, on a store to which things happen. */
export const benchOf = (
  options: Partial<LockOptions> & { readonly max?: number } = {},
  scope?: Store['scope'],
): Bench => {
  const clock = new RecordingClock();
  const memory = memoryStore({ clock });
  const scripted = new ScriptedStore(memory, clock, scope);
  const { max, ...rest } = options;
  const all = { store: scripted.store, name: 'door', clock, ...TIMES, ...rest };
  const policy = max === undefined ? lock(all) : semaphore({ ...all, max });
  return { clock, memory, scripted, policy };
};

/** Whether the lock without a key can be had. */
export const isFree = async (memory: Store): Promise<boolean> => {
  const rival = { max: 1, leaseMs: 1_000, id: 'rival' };
  const { held } = await memory.lease(DOOR, rival, OPERATION);
  if (held) await memory.release(DOOR, rival, OPERATION);
  return held;
};

/** Somebody else, of another process, takes the lock for so long. */
export const takeElsewhere = async (memory: Store, leaseMs: number): Promise<void> => {
  const { held } = await memory.lease(DOOR, { max: 1, leaseMs, id: 'elsewhere' }, OPERATION);
  if (!held) throw new Error('it is taken');
};

export const releaseElsewhere = (memory: Store, leaseMs: number): Promise<void> =>
  memory.release(DOOR, { leaseMs, id: 'elsewhere' }, OPERATION);

/** What was acquired; fails where it was not. */
export const got = <T>(held: T | undefined): T => {
  if (held === undefined) throw new Error('not acquired');
  return held;
};

/** What a promise is rejected with; heard from now on, so that nobody calls it unhandled. */
export const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error('it was not rejected');
    },
    (error: unknown) => error,
  );

/** The id of the first lease that was asked for. */
export const firstIdOf = ({ asked }: ScriptedStore): string => {
  const lease = asked[0]?.arguments[1];
  if (typeof lease !== 'object' || lease === null || !('id' in lease)) throw new Error('none');
  return String(lease.id);
};
