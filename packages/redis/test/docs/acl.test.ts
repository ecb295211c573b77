import { readFileSync } from 'node:fs';
import { key, lock } from '@holdfast/core/stateless';
import { storeContract } from '@holdfast/core/stateless/testing';
import { Cluster } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { fromIoredis, fromNodeRedis, redisStore } from '../../src/index.ts';
import { startCluster, startServer, type RedisServer } from '../rig/index.ts';
import { describeWithServer } from '../support/with-server.ts';

// The recipe in docs/stateless/redis.md, taken from the page as it stands there.

const PAGE = new URL('../../../../docs/stateless/redis.md', import.meta.url);

/** The words of each `ACL SETUSER` on the page: for one server, and what a cluster needs beside. */
const recipes = (): string[][] =>
  Array.from(readFileSync(PAGE, 'utf8').matchAll(/^ACL SETUSER (?:.*\\\n)*.*$/gm), ([block]) =>
    block.split(/[\s\\]+/),
  );

const apply = async (server: RedisServer, [...words]: readonly string[] = []): Promise<void> => {
  if ((await server.ask(...words)) !== 'OK') throw new Error(`refused: ${words.join(' ')}`);
};

const connect = async (server: RedisServer) => {
  const url = `redis://shop:secret@127.0.0.1:${server.port}`;
  const client = createClient({ url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

describeWithServer('a user who may do what a store does', () => {
  let server: RedisServer;
  let client: Awaited<ReturnType<typeof connect>>;
  beforeAll(async () => {
    server = await startServer();
    await apply(server, recipes()[0]);
    client = await connect(server);
  });
  afterAll(async () => {
    client.destroy();
    await server.stop();
  });

  const CASES = storeContract().map(({ title, run }) => [title, run] as const);

  test.concurrent.each(CASES)('%s', async (_title, run) => {
    const createStore = () =>
      redisStore({ driver: fromNodeRedis(client), keySecret: 'sixteen bytes or more' });
    await expect(run(createStore)).resolves.toBeUndefined();
  });

  test('and nothing else', async () => {
    await expect(client.set('theirs', '1')).rejects.toThrow('NOPERM');
    await expect(client.eval('return redis.call("GET", "theirs")')).rejects.toThrow(/can't access/);
    await expect(client.publish('theirs', '')).rejects.toThrow('NOPERM');
    await expect(client.flushAll()).rejects.toThrow('NOPERM');
    await expect(client.configGet('maxmemory')).rejects.toThrow('NOPERM');
    await expect(client.keys('*')).rejects.toThrow('NOPERM');
  });

  test('the store sees no fault in such a server', async () => {
    const driver = fromNodeRedis(client);
    const look = vi.spyOn(driver, 'infos');
    await using store = redisStore({ driver, keySecret: 'sixteen bytes or more' });
    const place = key('default', 'any');
    const taken = store.take(place, { unitsPerMs: 1, burst: 1, want: 1 }, { deadlineMs: 2_000 });
    expect(await taken).toMatchObject({ units: 1 });
    expect(await look.mock.results[0]?.value).toEqual([expect.stringContaining('redis_version:')]);
    // The first hint comes when the server has let it subscribe.
    await new Promise<void>((resolve) => {
      store.watch(place, resolve);
    });
    expect(store.health().warnings).toEqual([]);
  });
});

describeWithServer('the same user of a cluster', () => {
  test('who may ask where keys are', { timeout: 40_000 }, async () => {
    await using servers = await startCluster();
    for (const server of servers.servers)
      for (const recipe of recipes()) await apply(server, recipe);
    const [port = 0] = servers.ports;
    const credentials = { username: 'shop', password: 'secret' };
    const cluster = createCluster({
      rootNodes: [{ url: `redis://127.0.0.1:${port}` }],
      defaults: credentials,
    });
    cluster.on('error', () => undefined);
    await cluster.connect();
    const ioredis = new Cluster([{ host: '127.0.0.1', port }], { redisOptions: credentials });
    ioredis.on('error', () => undefined);
    const drivers = [fromNodeRedis(cluster), fromIoredis(ioredis)];
    for (const driver of drivers) {
      await using store = redisStore({ driver, keySecret: 'sixteen bytes or more' });
      const limit = lock({ store, name: 'works', deadlineMs: 2_000 });
      const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
      const held = await Promise.all(keys.map((each) => limit.acquire({ key: each })));
      expect(held.map((each) => each?.fence)).not.toContain(undefined);
      for (const each of held) await each?.release();
    }
    cluster.destroy();
    ioredis.disconnect();
  });
});
