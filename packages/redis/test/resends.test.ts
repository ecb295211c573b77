import { setTimeout as sleep } from 'node:timers/promises';
import { isStoreError, key, type Key } from '@holdfast/core/stateless';
import { Cluster, Redis } from 'ioredis';
import { createSentinel } from 'redis';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RawStore } from '../src/raw-store.ts';
import { fromIoredis, fromNodeRedis } from '../src/index.ts';
import {
  startCluster,
  startProxy,
  startSentinel,
  startServer,
  until,
  type FaultProxy,
  type RedisServer,
} from './rig/index.ts';
import { PRIMARY } from './support/clients.ts';
import { namesOfTests, rawStore } from './support/stores.ts';
import { describeWithServer } from './support/with-server.ts';

const OPERATION = { deadlineMs: 5_000 };
const TAKE = { unitsPerMs: 1e-6, burst: 10, want: 1 };
const LIMIT = key('limit', 'a');
const silent = (): void => undefined;

const failureOf = async (operation: Promise<unknown>): Promise<unknown> => {
  try {
    return `did not fail: ${JSON.stringify(await operation)}`;
  } catch (error) {
    return isStoreError(error) ? error.failure : error;
  }
};

const isTaken = async (servers: readonly RedisServer[], asked: Key): Promise<boolean> => {
  const { rate } = namesOfTests().of(asked);
  const answers = await Promise.all(
    // In a cluster the others say that it is not theirs.
    servers.map((server) => server.ask('EXISTS', rate).catch(() => '0')),
  );
  return answers.includes('1');
};

describeWithServer('a client that sends again what was under way', () => {
  let server: RedisServer;
  let proxy: FaultProxy;
  const ends: (() => unknown)[] = [];
  beforeEach(async () => {
    server = await startServer('--maxmemory-policy', 'noeviction');
    proxy = await startProxy(server.port);
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
    await proxy[Symbol.asyncDispose]();
    await server.stop();
  });

  const bySentinel = async (): Promise<RawStore> => {
    const sentinel = await startSentinel(PRIMARY, server.port);
    ends.push(() => sentinel.stop());
    const client = createSentinel({
      name: PRIMARY,
      sentinelRootNodes: [{ host: '127.0.0.1', port: sentinel.port }],
      nodeAddressMap: (address) =>
        address.endsWith(`:${server.port}`) ? { host: '127.0.0.1', port: proxy.port } : undefined,
      nodeClientOptions: { socket: { reconnectStrategy: 30 } },
    });
    client.on('error', silent);
    await client.connect();
    ends.push(() => client.destroy());
    return rawStore(fromNodeRedis(client));
  };

  const byIoredis = (): RawStore => {
    const client = new Redis(proxy.port, '127.0.0.1', { retryStrategy: () => 30 });
    client.on('error', silent);
    ends.push(() => client.disconnect());
    return rawStore(fromIoredis(client));
  };

  describe.each([
    ['a sentinel of node-redis', bySentinel],
    ['ioredis', byIoredis],
  ])('%s', (_name, open) => {
    let store: RawStore;
    beforeEach(async () => {
      store = await open();
      // So that it knows the time and the script.
      await store.take(key('limit', 'before'), TAKE, OPERATION);
    });

    /** It is carried out, its answer is lost, and the client does not know. */
    const takeUnheard = async (deadlineMs: number): Promise<{ taken: Promise<unknown> }> => {
      proxy.deafen();
      const taken = failureOf(store.take(LIMIT, TAKE, { deadlineMs }));
      await until('the unit', () => isTaken([server], LIMIT));
      return { taken };
    };

    test('does not call `stale` what was done before it came too late', async () => {
      const { taken } = await takeUnheard(50);
      await sleep(60);
      proxy.heal();
      expect(await taken).toBe('unknown');
    });

    test('does not call `refused` what was done before it was refused', async () => {
      const { taken } = await takeUnheard(5_000);
      await server.ask('CONFIG', 'SET', 'maxmemory', '1');
      proxy.heal();
      expect(await taken).toBe('unknown');
    });

    test('calls `refused` and `stale` what it sent once', async () => {
      await server.ask('CONFIG', 'SET', 'maxmemory', '1');
      expect(await failureOf(store.take(LIMIT, TAKE, OPERATION))).toBe('refused');
      await server.ask('CONFIG', 'SET', 'maxmemory', '0');
      server.freeze();
      const late = failureOf(store.take(LIMIT, TAKE, { deadlineMs: 50 }));
      await sleep(80);
      server.thaw();
      expect(await late).toBe('stale');
    });
  });
});

describeWithServer('a cluster of ioredis that sends again what was under way', () => {
  test('does not call `not-sent` what it does not send again', { timeout: 20_000 }, async () => {
    await using cluster = await startCluster();
    const proxies = await Promise.all(cluster.ports.map(startProxy));
    const natMap = Object.fromEntries(
      cluster.ports.map((port, at) => [
        `127.0.0.1:${port}`,
        { host: '127.0.0.1', port: proxies[at]?.port ?? 0 },
      ]),
    );
    const nodes = Object.values(natMap);
    const client = new Cluster(nodes, { natMap, enableOfflineQueue: false, lazyConnect: true });
    client.on('error', silent);
    await client.connect();
    const store = rawStore(fromIoredis(client));
    const before = Array.from({ length: 9 }, (_, each) => key('limit', `${each}`));
    for (const each of before) await store.take(each, TAKE, OPERATION);
    for (const proxy of proxies) proxy.deafen();
    const taken = failureOf(store.take(LIMIT, TAKE, OPERATION));
    await until('the unit', () => isTaken(cluster.servers, LIMIT));
    for (const proxy of proxies) proxy.refuse();
    expect(await taken).toBe('unknown');
    client.disconnect();
    for (const proxy of proxies) await proxy[Symbol.asyncDispose]();
  });
});
