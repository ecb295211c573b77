import { key, guarded } from '@holdfast/core/stateless';
import { storeContract } from '@holdfast/core/stateless/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StoreWorker } from './support/fork-worker.ts';
import { Lines, SOON, type Connected } from './support/lines.ts';

const CASES = storeContract().map(({ title, run }) => [title, run] as const);

describe('a store over a socket to the host', () => {
  const lines = new Lines({ maxKeys: 100_000 });
  let connected: Connected;
  beforeAll(async () => {
    connected = await lines.connect(1);
  });
  afterAll(() => lines[Symbol.asyncDispose]());

  // A store for each case, all over one line.
  test.concurrent.each(CASES)('%s', async (_title, run) => {
    await expect(run(() => guarded(connected.again()))).resolves.toBeUndefined();
  });
});

describe('the store of workers in processes of their own', () => {
  const lines = new Lines({ maxKeys: 100_000 });
  afterAll(() => lines[Symbol.asyncDispose]());

  test('passes the contract of stores, all cases at once, and has one line for two copies of it', async () => {
    await using worker = new StoreWorker(lines.host, 1);
    expect(await worker.ask('contract')).toEqual([]);
    expect(await worker.ask('copies')).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  }, 20_000);

  test.each(['SIGKILL', 'SIGSTOP'] as const)(
    'gives the lease of a worker that %s has hit to another as soon as it is dead',
    async (signal) => {
      await using dying = new StoreWorker(lines.host, 2);
      const { store } = await lines.connect(3);
      expect(await dying.ask('hold')).toBe('ipc true');
      const held = key('ipc', 'default', 'held');
      const other = { max: 1, leaseMs: 1_000, id: 'alive' };
      expect(await store.lease(held, other, SOON)).toMatchObject({ held: false });
      const hinted = new Promise<void>((resolve) => {
        store.watch(held, resolve);
      });
      await store.read(held, SOON);
      dying.signal(signal);
      dying.signal('SIGKILL');
      const since = performance.now();
      await hinted;
      expect(await store.lease(held, other, SOON)).toMatchObject({ held: true });
      // It would last for a minute. On an idle machine this takes 40 ms, most of them for the end of the process.
      expect(performance.now() - since).toBeLessThan(5_000);
      expect(lines.host.snapshot().map(({ workerId }) => workerId)).not.toContain(2);
      await store.release(held, other, SOON);
    },
    10_000,
  );
});
