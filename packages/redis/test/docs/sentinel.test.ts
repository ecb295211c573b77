import { key, lock, type Store } from '@holdfast/core/stateless';
import { Redis } from 'ioredis';
import { createSentinel } from 'redis';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { fromIoredis, fromNodeRedis, redisStore } from '../../src/index.ts';
import { startSentinel, startServer, type RedisServer } from '../rig/index.ts';
import { describeWithServer } from '../support/with-server.ts';

// What docs/stateless/redis.md shows of Sentinel.

/** Pauses between attempts to connect, in milliseconds. */
const pauseMs = (tries: number): number => Math.min(50 * 2 ** tries, 1_000);

const keySecret = 'sixteen bytes or more, the same everywhere';

/** Takes a lock, so that script, keys and answer are seen to work. */
const works = async (store: Store): Promise<string | undefined> => {
  const held = await lock({ store, name: 'works', deadlineMs: 2_000 }).acquire();
  await held?.release();
  return held?.fence;
};

/** Hints come over a connection of their own. */
const hears = async (store: Store): Promise<boolean> => {
  const place = key('heard', 'default');
  const heard = vi.fn<() => void>();
  using _ = store.watch(place, heard);
  await vi.waitFor(async () => {
    await store.remove(place, { tombstoneMs: 0 }, { deadlineMs: 2_000 });
    expect(heard).toHaveBeenCalled();
  });
  return true;
};

const FENCE = /^\d{16}$/;

describeWithServer('by way of Sentinel', () => {
  let server: RedisServer;
  let watcher: RedisServer;
  beforeAll(async () => {
    server = await startServer();
    watcher = await startSentinel('shop', server.port);
  });
  afterAll(async () => {
    await watcher.stop();
    await server.stop();
  });

  test('redis', async () => {
    const { port } = watcher;

    const sentinel = createSentinel({
      name: 'shop',
      sentinelRootNodes: [{ host: '127.0.0.1', port }],
      nodeClientOptions: {
        pingInterval: 1_000,
        socket: { socketTimeout: 3_000, reconnectStrategy: pauseMs },
      },
    });
    sentinel.on('error', () => undefined);
    await sentinel.connect();

    const store = redisStore({ driver: fromNodeRedis(sentinel), keySecret });

    onTestFinished(async () => {
      await store[Symbol.asyncDispose]();
      await sentinel.destroy();
    });
    expect(await works(store)).toMatch(FENCE);
    expect(await hears(store)).toBe(true);
    expect(store.health().warnings).toEqual([]);
  });

  test('ioredis', async () => {
    const { port } = watcher;

    const client = new Redis({
      name: 'shop',
      sentinels: [{ host: '127.0.0.1', port }],
      socketTimeout: 3_000,
      keepAlive: 10_000,
      retryStrategy: pauseMs,
    });
    const store = redisStore({ driver: fromIoredis(client), keySecret });

    onTestFinished(async () => {
      await store[Symbol.asyncDispose]();
      client.disconnect();
    });
    expect(await works(store)).toMatch(FENCE);
    expect(await hears(store)).toBe(true);
  });
});
