import { key, type Store } from '@holdfast/core/stateless';
import { storeContract } from '@holdfast/core/stateless/testing';

// As a worker of `supervise` has it before its program begins.
Reflect.set(globalThis, Symbol.for('holdfast.lifecycle'), { isSupervised: true });
const { ipcStore } = await import('../../../src/ipc-store/ipc-store.ts');

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

process.on('message', (what) => {
  void (what === 'contract' ? contract() : hold()).then((answer) => process.send?.(answer));
});
