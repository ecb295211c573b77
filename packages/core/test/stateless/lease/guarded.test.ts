import { expect, test } from 'vitest';
import { guarded, lock, memoryStore, type Store } from '../../../src/stateless/index.ts';
import { hang } from '../../support/calls.ts';
import { RecordingClock } from '../../support/recording-clock.ts';
import { failureOf, got } from './support/bench.ts';
import { storeOver } from './support/store-over.ts';

const DEADLINE_MS = 50;

/**
 * A lock over a guarded store. The process stands still after each operation, for longer than its deadline. The answer
 * comes meanwhile, and is read after the timers that are due by then.
 */
const rigOf = () => {
  const clock = new RecordingClock();
  const memory = memoryStore({ clock });
  const read = <T>(answer: Promise<T>): Promise<T> =>
    new Promise((resolve) => {
      clock.setTimer(() => resolve(answer), DEADLINE_MS + 10);
      clock.stall(DEADLINE_MS + 20);
    });
  const remote: Store = storeOver(memory, {
    lease: (...all) => read(memory.lease(...all)),
    release: (...all) => read(memory.release(...all)),
  });
  const store = guarded(remote, { clock });
  const policy = lock({ store, name: 'door', leaseMs: 9_000, deadlineMs: DEADLINE_MS, clock });
  return { clock, store, policy };
};

test.each([0, 1_000])(
  'a stall of the process fails nobody who acquires a lock over a guarded store (waitMs %i)',
  async (waitMs) => {
    const { clock, store, policy } = rigOf();
    for (let stall = 1; stall <= 20; stall++) {
      const result = policy.run(() => stall, { waitMs });
      await clock.advanceAsync(0);
      expect(await result).toBe(stall);
      await clock.advanceAsync(0);
      expect(policy.snapshot()).toMatchObject({ acquired: stall, held: 0, waiting: 0 });
    }
    await clock.runUntilSettled(store[Symbol.asyncDispose]());
    expect(clock.pendingTimers).toBe(0);
  },
);

test('a stall of the process at each renewal loses no lock over a guarded store', async () => {
  const { clock, policy } = rigOf();
  const acquired = policy.acquire();
  await clock.advanceAsync(0);
  const held = got(await acquired);
  await clock.advanceAsync(100_000);
  expect(held.signal.aborted).toBe(false);
  expect(policy.snapshot()).toMatchObject({ held: 1, lost: 0 });
});

test('what a guard did not send in time is told as not sent, and nothing is given back', async () => {
  const clock = new RecordingClock();
  let asked = 0;
  const hung: Store = storeOver(memoryStore({ clock }), {
    lease: () => {
      asked++;
      return hang();
    },
    release: () => {
      asked++;
      return hang();
    },
  });
  const store = guarded(hung, { clock, maxPending: 1 });
  const policy = lock({ store, name: 'door', clock });
  const failures = ['unknown', 'not-sent'].map(() => failureOf(policy.acquire()));
  await clock.advanceAsync(50);
  expect(await failures[0]).toMatchObject({ failure: 'unknown' });
  expect(await failures[1]).toMatchObject({ failure: 'not-sent' });
  expect(asked).toBe(1);
});
