import { expect, test } from 'vitest';
import { memoryStore, semaphore, type Held, type Store } from '../../../src/stateless/index.ts';
import { virtualClock, type VirtualClock } from '../../../src/testing/index.ts';
import { SimulatedProcess } from './support/simulated-process.ts';

const KEYS = 50;
const MAX = 20;
const ROUNDS = 100;
const LEASE_MS = 9_000;

const start = (base: VirtualClock, store: Store) => {
  const process = new SimulatedProcess(base);
  const { clock } = process;
  const policy = semaphore({
    store: process.seeing(store),
    name: 'jobs',
    max: MAX,
    leaseMs: LEASE_MS,
    clock,
  });
  return { process, policy };
};

test('of 100,000 leases, 30 % of them of holders that crash, none is taken for longer than its time', async () => {
  const clock = virtualClock();
  const store = memoryStore({ clock });
  const steady = start(clock, store);
  let granted = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const doomed = start(clock, store);
    const helds: Promise<Held | undefined>[] = [];
    for (let nth = 0; nth < KEYS * MAX; nth++) {
      const { policy } = nth % 10 < 3 ? doomed : steady;
      helds.push(policy.acquire({ key: `key-${nth % KEYS}` }));
    }
    // All places there are, each time: one that was left taken would be missing.
    for (const held of await Promise.all(helds)) if (held !== undefined) granted++;
    await clock.advanceAsync(4_000);
    expect(doomed.policy.snapshot().held).toBe(KEYS * MAX * 0.3);
    doomed.process.crash();
    for (const [nth, held] of (await Promise.all(helds)).entries())
      if (nth % 10 >= 3) await held?.release();
    await clock.advanceAsync(LEASE_MS);
  }
  expect(granted).toBe(100_000);
  expect(steady.policy.snapshot()).toMatchObject({ held: 0, waiting: 0, lost: 0 });
  expect(clock.pendingTimers).toBe(0);
}, 120_000);
