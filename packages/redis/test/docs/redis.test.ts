import { createClient, createCluster } from 'redis';
import { Cluster, Redis } from 'ioredis';
import { Redis as Valkey } from 'iovalkey';
import { key, lock, type Store } from '@holdfast/core/stateless';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { fromIoredis, fromNodeRedis, redisStore } from '../../src/index.ts';
import {
  startCluster,
  startProxy,
  startServer,
  type RedisCluster,
  type RedisServer,
} from '../rig/index.ts';
import { describeWithServer } from '../support/with-server.ts';

// What docs/stateless/redis.md shows, on real servers.

const keySecret = 'sixteen bytes or more, the same everywhere';
/** Pauses between attempts to connect, in milliseconds. */
const pauseMs = (tries: number): number => Math.min(50 * 2 ** tries, 1_000);

const log = { warn: vi.fn<(error: unknown) => void>() };
const sleepless = { deadlineMs: 2_000 };

/** Takes a lock, so that script, keys and answer are seen to work. */
const works = async (store: Store): Promise<string | undefined> => {
  const held = await lock({ store, name: 'works', deadlineMs: 2_000 }).acquire();
  await held?.release();
  return held?.fence;
};

const FENCE = /^\d{16}$/;

describeWithServer('one server', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.stop());

  test('by redis', async () => {
    const { url } = server;

    const client = createClient({
      url,
      pingInterval: 1_000,
      socket: { socketTimeout: 3_000, reconnectStrategy: pauseMs },
    });
    client.on('error', (error) => log.warn(error)); // without a listener it would end the process
    await client.connect();

    const store = redisStore({ driver: fromNodeRedis(client), keySecret });

    onTestFinished(async () => {
      await store[Symbol.asyncDispose](); // first the store, then the client
      await client.close();
    });
    expect(await works(store)).toMatch(FENCE);
  });

  test('by ioredis', async () => {
    const { url } = server;

    const client = new Redis(url, {
      socketTimeout: 3_000,
      keepAlive: 10_000,
      retryStrategy: pauseMs,
    });
    client.on('error', (error) => log.warn(error));

    const store = redisStore({ driver: fromIoredis(client), keySecret });

    onTestFinished(async () => {
      await store[Symbol.asyncDispose]();
      client.disconnect();
    });
    expect(await works(store)).toMatch(FENCE);
  });

  test('by iovalkey', async () => {
    const { url } = server;

    const client = new Valkey(url, {
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
  });

  test('names of keys tell nothing', async () => {
    const client = createClient({ url: server.url });
    await client.connect();
    const store = redisStore({ driver: fromNodeRedis(client), keySecret, prefix: 'shop' });
    onTestFinished(async () => {
      await store[Symbol.asyncDispose]();
      await client.close();
    });
    const place = key('session', 'default', 'ann@example.com');
    const write = { mode: 'create', data: Buffer.from('x'), ttlMs: 60_000 } as const;
    await store.write(place, write, sleepless);
    const [name] = await client.keys('shop:*');
    expect(name).toMatch(/^shop:\{session:[\w-]{22}\}:record$/);
  });
});

describeWithServer('a connection that is dead without a word', () => {
  test(
    'is noticed, and made anew, where the client has a timeout',
    { timeout: 20_000 },
    async () => {
      await using server = await startServer();
      await using proxy = await startProxy(server.port);
      const noticed = vi.fn<(client: string) => void>();

      const redis = createClient({
        url: `redis://127.0.0.1:${proxy.port}`,
        pingInterval: 100,
        socket: { socketTimeout: 300, reconnectStrategy: pauseMs },
      });
      redis.on('error', () => noticed('redis'));
      await redis.connect();
      const ioredis = new Redis(proxy.port, '127.0.0.1', {
        socketTimeout: 300,
        retryStrategy: pauseMs,
      });
      ioredis.on('error', () => noticed('ioredis'));
      const stores = [fromNodeRedis(redis), fromIoredis(ioredis)].map((driver) =>
        redisStore({ driver, keySecret }),
      );
      onTestFinished(async () => {
        for (const store of stores) await store[Symbol.asyncDispose]();
        redis.destroy();
        ioredis.disconnect();
      });

      for (const store of stores) expect(await works(store)).toMatch(FENCE);
      expect(noticed).not.toHaveBeenCalled();
      proxy.silence();
      await Promise.allSettled(stores.map(works));
      const wait = { timeout: 5_000, interval: 20 };
      await vi.waitFor(() => {
        expect(noticed).toHaveBeenCalledWith('redis');
        expect(noticed).toHaveBeenCalledWith('ioredis');
      }, wait);
      proxy.heal();
      for (const store of stores)
        await vi.waitFor(async () => expect(await works(store)).toMatch(FENCE), wait);
    },
  );
});

describeWithServer('a server that forgets what it likes', () => {
  test('is told of at the start', { timeout: 20_000 }, async () => {
    await using server = await startServer('--maxmemory-policy', 'allkeys-lru');
    const client = createClient({ url: server.url });
    client.on('error', () => undefined); // the server ends before it
    await client.connect();
    const store = redisStore({ driver: fromNodeRedis(client), keySecret });
    const heard = vi.fn<(warning: Error) => void>();
    process.on('warning', heard);
    onTestFinished(async () => {
      process.off('warning', heard);
      await store[Symbol.asyncDispose]();
      client.destroy();
    });

    await works(store);
    const warned = () => {
      const { warnings } = store.health();
      return warnings.filter((warning) => warning.startsWith('maxmemory-policy is allkeys-lru'));
    };

    await vi.waitFor(() => expect(warned()).toHaveLength(1));
    const codes = heard.mock.calls.map(([warning]) => Reflect.get(warning, 'code'));
    expect(codes).toEqual(['HF_REDIS_EVICTION']);
  });
});

describeWithServer('a cluster', () => {
  let servers: RedisCluster;
  beforeAll(async () => {
    servers = await startCluster();
  }, 30_000);
  afterAll(() => servers[Symbol.asyncDispose]());

  test('by redis', async () => {
    const [first = 0, second = 0] = servers.ports;

    const cluster = createCluster({
      rootNodes: [{ url: `redis://127.0.0.1:${first}` }, { url: `redis://127.0.0.1:${second}` }],
      defaults: {
        pingInterval: 1_000,
        socket: { socketTimeout: 3_000, reconnectStrategy: pauseMs },
      },
    });
    cluster.on('error', (error) => log.warn(error));
    await cluster.connect();

    const store = redisStore({ driver: fromNodeRedis(cluster), keySecret });

    onTestFinished(async () => {
      await store[Symbol.asyncDispose]();
      cluster.destroy();
    });
    expect(await works(store)).toMatch(FENCE);
  });

  test('by ioredis', async () => {
    const [port = 0] = servers.ports;

    const cluster = new Cluster([{ host: '127.0.0.1', port }], {
      clusterRetryStrategy: pauseMs,
      redisOptions: { socketTimeout: 3_000, keepAlive: 10_000 },
    });
    const store = redisStore({ driver: fromIoredis(cluster), keySecret });

    onTestFinished(async () => {
      await store[Symbol.asyncDispose]();
      cluster.disconnect();
    });
    expect(await works(store)).toMatch(FENCE);
  });
});
