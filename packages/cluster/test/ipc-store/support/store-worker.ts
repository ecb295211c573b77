import { key, type Store } from '@holdfast/core/stateless';
import { storeContract } from '@holdfast/core/stateless/testing';
import type * as SupervisorLine from '../../../src/ipc-store/supervisor-line.ts';
import { clockOf } from '@holdfast/core/adapter';

// As a worker of `supervise` has it before its program begins.
Reflect.set(globalThis, Symbol.for('holdfast.lifecycle'), { isSupervised: true });
const { ipcStore } = await import('../../../src/ipc-store/ipc-store.ts');
const { RawStore } = await import('../../../src/ipc-store/raw-store.ts');
const systemClock = clockOf(undefined);

const OPERATION = { deadlineMs: 5_000 };

/** What went wrong, by the titles of cases. */
const contract = async (): Promise<readonly string[]> => {
  const failures = storeContract().map(async ({ title, run }) => {
    try {
      await run(() => ipcStore());
      return undefined;
    } catch (error) {
      return `${title}: ${String(error)}`;
    }
  });
  return (await Promise.all(failures)).filter((failure) => failure !== undefined);
};

/** Takes a lease for a minute, and has many operations under way from then on. */
const hold = async (): Promise<string> => {
  const store = ipcStore();
  const held = key('ipc', 'default', 'held');
  const { held: mine } = await store.lease(
    held,
    { max: 1, leaseMs: 60_000, id: 'dead' },
    OPERATION,
  );
  for (let lane = 0; lane < 64; lane++) void goOn(store);
  return `${store.kind} ${mine}`;
};

const goOn = async (store: Store): Promise<never> => {
  const written = key('ipc', 'default', 'written');
  const data = Buffer.alloc(50_000);
  for (;;) await store.write(written, { mode: 'force', data, ttlMs: 60_000 }, OPERATION);
};

/** By another copy of the package in the same process, at the same time. */
const copies = async (): Promise<readonly number[]> => {
  const another = '../../../src/ipc-store/supervisor-line.ts?another';
  const { supervisorLine }: typeof SupervisorLine = await import(another);
  const line = supervisorLine();
  if (line === undefined) throw new Error('the other copy has no line');
  const stores = [ipcStore(), new RawStore('another', line, systemClock)];
  const rate = { unitsPerMs: 1e-6, burst: 9, want: 1 };
  const taken = Array.from({ length: 8 }, async (_, i) => {
    const answer = await stores[i % 2]?.take(key('ipc', 'default', 'copies'), rate, OPERATION);
    return answer?.remaining ?? -1;
  });
  return (await Promise.all(taken)).toSorted((a, b) => a - b);
};

const ANSWERS = { contract, hold, copies };

process.on('message', (what: keyof typeof ANSWERS) => {
  void ANSWERS[what]().then((answer) => process.send?.(answer));
});
