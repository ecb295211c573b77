import { guarded, key } from '@holdfast/core/stateless';
import { expect, describe, test, vi } from 'vitest';
import { systemClock } from '../../../core/src/runtime/system-clock.ts';
import { ipcStore } from '../../src/ipc-store/ipc-store.ts';
import { RawStore } from '../../src/ipc-store/raw-store.ts';
import { StoreLine } from '../../src/ipc-store/store-line.ts';
import { Lines, SOON } from './support/lines.ts';
import { socketPair } from './support/socket-pair.ts';

const RATE = { unitsPerMs: 1e-6, burst: 5, want: 1 };
const asked = key('ipc', 'default', 'asked');
const WRITE = { mode: 'force', data: Buffer.alloc(500_000), ttlMs: 60_000 } as const;

/** A store whose supervisor reads nothing. */
const toFrozen = async () => {
  const pair = await socketPair();
  pair.far.pause();
  const store = new RawStore('ipc', new StoreLine(pair.near, systemClock), systemClock);
  return { ...pair, store };
};

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'done',
    (error: { failure?: unknown }) => error.failure,
  );

describe('the line of a worker', () => {
  test('sends nothing more while 4 MiB wait for the supervisor', async () => {
    using frozen = await toFrozen();
    const { store, near } = frozen;
    const writes: Promise<unknown>[] = [];
    for (let i = 0; i < 60; i++) writes.push(failureOf(store.write(asked, WRITE, SOON)));
    expect(near.writableLength).toBeLessThan(6_000_000);
    expect(await writes.at(-1)).toBe('not-sent');
    near.destroy();
    const failures = await Promise.all(writes);
    expect(new Set(failures)).toEqual(new Set(['unknown', 'not-sent']));
  });

  test('ends each operation by its deadline while the supervisor stands still, and holds little', async () => {
    using frozen = await toFrozen();
    const store = guarded(frozen.store);
    const since = performance.now();
    const all = Array.from({ length: 5_000 }, () =>
      failureOf(store.write(asked, WRITE, { deadlineMs: 50 })),
    );
    const failures = new Set(await Promise.all(all));
    expect(performance.now() - since).toBeLessThan(1_000);
    expect(failures).toEqual(new Set(['unknown', 'not-sent']));
    expect(frozen.near.writableLength).toBeLessThan(6_000_000);
    frozen.near.destroy();
    await store[Symbol.asyncDispose]();
  });

  test('says of each operation what is known of it as the line is lost', async () => {
    using frozen = await toFrozen();
    const sent = failureOf(frozen.store.take(asked, RATE, SOON));
    await new Promise(setImmediate);
    const unsent = failureOf(frozen.store.take(asked, RATE, SOON));
    frozen.near.emit('close');
    expect(await sent).toBe('unknown');
    expect(await unsent).toBe('not-sent');
    expect(await failureOf(frozen.store.take(asked, RATE, SOON))).toBe('not-sent');
    expect(frozen.store.health()).toEqual({ state: 'lost', pending: 0, warnings: [] });
  });

  test.each([
    ['an answer to nothing', [1, 0, 0, 1, 5], 0],
    ['an answer to something else', [1, 0, 0, 1, 5], 1],
    ['an answer of no kind', [1, 0, 0, 1, 77], 1],
    ['half an answer', [2, 0, 0, 1, 1, 0], 1],
    ['another version', [1, 0, 0, 2, 13], 1],
  ])('is lost with %s', async (_what, bytes, questions) => {
    using pair = await socketPair();
    const store = new RawStore('ipc', new StoreLine(pair.near, systemClock), systemClock);
    const asks = Array.from({ length: questions }, () => failureOf(store.take(asked, RATE, SOON)));
    await new Promise(setImmediate);
    pair.far.write(Uint8Array.from(bytes));
    await vi.waitFor(() => {
      expect(store.health().state).toBe('lost');
    });
    expect(await Promise.all(asks)).toEqual(asks.map(() => 'unknown'));
  });

  test('is told that what came late was not done, and that what is right late was', async () => {
    await using lines = new Lines();
    const [slow, other] = [await lines.connect(1), await lines.connect(2)];
    const lease = { max: 1, leaseMs: 60_000, id: 'mine' };
    await other.store.lease(asked, lease, SOON);
    await other.store.write(asked, { ...WRITE, data: Buffer.of(1) }, SOON);
    slow.far.pause();
    const soon = { deadlineMs: 10 };
    const late = [
      slow.store.take(asked, RATE, soon),
      slow.store.count(asked, { quota: 5, windowMs: 60_000, cost: 1 }, soon),
      slow.store.lease(asked, { ...lease, max: 2, id: 'late' }, soon),
      slow.store.read(asked, soon),
      slow.store.write(asked, WRITE, soon),
      slow.store.touch(asked, 1, soon),
      slow.store.remove(asked, { tombstoneMs: 0 }, soon),
    ].map(failureOf);
    const right = slow.store.release(asked, lease, soon);
    const removed = slow.store.remove(key('a', 'a', 'removed'), { tombstoneMs: 60_000 }, soon);
    await new Promise((resolve) => {
      setTimeout(resolve, 30);
    });
    slow.far.resume();
    expect(await Promise.all(late)).toEqual(late.map(() => 'stale'));
    await Promise.all([right, removed]);
    const { store } = other;
    expect((await store.take(asked, { ...RATE, want: 0 }, SOON)).remaining).toBe(5);
    expect(await store.read(asked, SOON)).toMatchObject({ version: 1, data: Buffer.of(1) });
    expect(await store.lease(asked, lease, SOON)).toMatchObject({ holders: 1, renewed: false });
    const dead = await store.write(key('a', 'a', 'removed'), WRITE, SOON);
    expect(dead).toMatchObject({ ok: false, reason: 'gone' });
  });

  test('refuses what is too large for it, and goes on', async () => {
    await using lines = new Lines();
    const { store } = await lines.connect(1);
    const refused = { failure: 'refused' };
    const data = Buffer.alloc(2 ** 20 + 1);
    await expect(store.write(asked, { ...WRITE, data }, SOON)).rejects.toMatchObject(refused);
    const long = 'x'.repeat(1_025) as typeof asked;
    await expect(store.take(long, RATE, SOON)).rejects.toMatchObject(refused);
    const largest = { ...WRITE, data: data.subarray(1).fill(9) };
    const longest = '漢'.repeat(1_024) as typeof asked;
    expect(await store.write(longest, largest, SOON)).toEqual({ ok: true, version: 1 });
    const read = await store.read(longest, SOON);
    expect(Buffer.compare(read?.data ?? Buffer.of(), largest.data)).toBe(0);
  });

  test('tells who watches to look when the supervisor did not know of him', async () => {
    await using lines = new Lines();
    const pair = await lines.bare(1);
    pair.far.pause();
    const store = new RawStore('ipc', new StoreLine(pair.near, systemClock), systemClock);
    const writes = Array.from({ length: 60 }, () => failureOf(store.write(asked, WRITE, SOON)));
    const onHint = vi.fn();
    const given = store.watch(key('ipc', 'default', 'given'), onHint);
    store.watch(key('ipc', 'default', 'up'), onHint)[Symbol.dispose]();
    pair.far.resume();
    await Promise.all(writes);
    await vi.waitFor(() => {
      expect(onHint).toHaveBeenCalledTimes(1);
    });
    await store.read(asked, SOON);
    expect(lines.host.snapshot()).toMatchObject([{ watched: 1 }]);
    given[Symbol.dispose]();
    given[Symbol.dispose]();
    await store.read(asked, SOON);
    expect(lines.host.snapshot()).toMatchObject([{ watched: 0 }]);
  });
});

describe('a store where no supervisor is', () => {
  test('is one in memory, and says so once', async () => {
    const warnings: unknown[] = [];
    const onWarning = (warning: Error & { code?: unknown }): void =>
      void warnings.push(warning.code);
    process.on('warning', onWarning);
    const stores = [ipcStore(), ipcStore({ name: 'mine', guard: { maxPending: 2 } })];
    expect(stores.map(({ kind, scope, name }) => [kind, scope, name])).toEqual([
      ['memory', 'process', 'ipc'],
      ['memory', 'process', 'mine'],
    ]);
    expect(await stores[0]?.take(asked, RATE, SOON)).toMatchObject({ units: 1 });
    await new Promise(setImmediate);
    process.off('warning', onWarning);
    expect(warnings).toEqual(['HF_IPC_ALONE']);
    for (const store of stores) await store[Symbol.asyncDispose]();
  });

  test.each([
    { name: '' },
    { name: null },
    { clock: 1 },
    { guard: { maxPending: 0 } },
    { gard: {} },
    1,
  ])('is not made with %j', (options) => {
    expect(() => ipcStore(options as never)).toThrow(/option/);
  });
});
