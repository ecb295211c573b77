import { memoryStore, sharedRateLimit, type SharedRateLimit } from '@holdfast/core/stateless';
import { virtualClock } from '@holdfast/core/testing';
import { expect, test } from 'vitest';

// What docs/stateless/limits.md shows.

const takenBy = async (limit: SharedRateLimit, times: number): Promise<string[]> => {
  const answers: string[] = [];
  for (let left = times; left > 0; left--) {
    const { admitted, source } = await limit.take();
    answers.push(`${source}: ${admitted ? 'yes' : 'no'}`);
  }
  return answers;
};

test('processes that share a store share a limit', async () => {
  const clock = virtualClock();
  const store = memoryStore({ clock });
  const startProcess = () => {
    const exports = sharedRateLimit({ store, name: 'exports', rate: 10, burst: 20, clock });

    const exportAll = async (tenant: string, rows: number) => {
      const taken = await exports.take({ key: tenant, cost: 8 });
      if (!taken.admitted) return `again in ${taken.retryAfterMs} ms`;
      if (rows === 0) taken.giveBack(); // nothing was done
      return `${taken.remaining} left`;
    };

    return exportAll;
  };
  const [first, second] = [startProcess(), startProcess()];

  expect(await first('acme', 0)).toBe('12 left');
  expect(await second('acme', 100)).toBe('11 left'); // but what comes back by itself in 50 ms
  expect(await first('acme', 100)).toBe('3 left');
  expect(await second('acme', 100)).toBe('again in 450 ms');
  expect(await second('other', 100)).toBe('12 left');
});

test('while the store is lost each process has its share', async () => {
  const clock = virtualClock();
  const store = memoryStore({ clock });

  const search = sharedRateLimit({ store, name: 'search', quota: 4, windowMs: 60_000, clock });
  const codes = sharedRateLimit({
    store,
    name: 'codes by text',
    quota: 3,
    windowMs: 600_000,
    onStoreLoss: 'deny',
    clock,
  });

  const other = sharedRateLimit({ store, name: 'search', quota: 4, windowMs: 60_000, clock });
  await takenBy(search, 1);
  await takenBy(other, 1);
  await clock.advanceAsync(5_000); // both have told the store that they are there
  await takenBy(search, 1);
  await clock.advanceAsync(5_000);
  expect(search.snapshot().instances).toBe(2);
  await store[Symbol.asyncDispose]();
  expect(await takenBy(search, 3)).toEqual(['local: yes', 'local: yes', 'local: no']);
  expect(await takenBy(codes, 1)).toEqual(['policy: no']);
});

test('a busy key is asked for now and then', async () => {
  const clock = virtualClock();
  const store = memoryStore({ clock });

  const api = sharedRateLimit({
    store,
    name: 'api',
    rate: 5_000,
    burst: 1_000,
    leasing: true,
    clock,
  });

  for (let ms = 0; ms < 500; ms++) {
    await takenBy(api, 2);
    clock.advance(1);
  }
  const { shared, leased } = api.snapshot().sources;
  expect(shared + leased).toBe(1_000);
  expect(leased).toBeGreaterThan(800);
});
