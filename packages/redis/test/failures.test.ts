import { setTimeout as sleep } from 'node:timers/promises';
import { isStoreError, key } from '@holdfast/core/stateless';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fromIoredis, fromNodeRedis, type RedisDriver } from '../src/index.ts';
import { hearWarnings } from '../../core/test/support/warnings.ts';
import type { RawStore } from '../src/raw-store.ts';
import { startProxy, startServer, until, type FaultProxy, type RedisServer } from './rig/index.ts';
import { rawStore } from './support/stores.ts';
import { describeWithServer } from './support/with-server.ts';

const TAKE = { unitsPerMs: 1, burst: 10, want: 1 };

/** What an operation fails with. */
const failureOf = async (driver: RedisDriver, deadlineMs = 2_000): Promise<unknown> =>
  failureBy(rawStore(driver), deadlineMs);

/** Where the store knows the time already. */
const failureBy = async (store: RawStore, deadlineMs = 2_000): Promise<unknown> => {
  try {
    await store.take(key('limit', 'default', 'a'), TAKE, { deadlineMs });
    return 'none';
  } catch (error) {
    return isStoreError(error) ? error.failure : error;
  }
};

describeWithServer('a failure', () => {
  let server: RedisServer;
  let proxy: FaultProxy;
  const ends: (() => unknown)[] = [];
  beforeEach(async () => {
    server = await startServer();
    proxy = await startProxy(server.port);
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
    await proxy[Symbol.asyncDispose]();
    await server.stop();
  });

  const nodeRedis = async (options: { disableOfflineQueue?: boolean } = {}) => {
    const url = `redis://127.0.0.1:${proxy.port}`;
    const client = createClient({ url, socket: { reconnectStrategy: 30 }, ...options });
    client.on('error', () => undefined);
    await client.connect();
    ends.push(() => client.isOpen && client.destroy());
    return client;
  };

  const ioredis = async (options: object = {}) => {
    const all = { lazyConnect: true, retryStrategy: () => 30, ...options };
    const client = new Redis(proxy.port, '127.0.0.1', all);
    client.on('error', () => undefined);
    await client.connect();
    ends.push(() => client.disconnect());
    return client;
  };

  test('is `not-sent` where the client was closed', async () => {
    const [first, second] = [await nodeRedis(), await ioredis()];
    expect(await failureOf(fromNodeRedis(first))).toBe('none');
    expect(await failureOf(fromIoredis(second))).toBe('none');
    first.destroy();
    second.disconnect();
    await until('the end', () => second.status === 'end');
    expect(await failureOf(fromNodeRedis(first))).toBe('not-sent');
    expect(await failureOf(fromIoredis(second))).toBe('not-sent');
  });

  test('is `not-sent` where the server is away and the client queues nothing', async () => {
    const first = await nodeRedis({ disableOfflineQueue: true });
    const second = await ioredis({ enableOfflineQueue: false });
    proxy.refuse();
    await until('the loss', () => !first.isReady && second.status !== 'ready');
    expect(await failureOf(fromNodeRedis(first))).toBe('not-sent');
    expect(await failureOf(fromIoredis(second))).toBe('not-sent');
  });

  test('is `unknown` where the connection was lost while the command was under way', async () => {
    const first = await nodeRedis();
    const forgets = { autoResendUnfulfilledCommands: false, maxRetriesPerRequest: null };
    const second = await ioredis(forgets);
    proxy.silence();
    const failures = [failureOf(fromNodeRedis(first)), failureOf(fromIoredis(second))];
    await sleep(30);
    proxy.refuse();
    expect(await Promise.all(failures)).toEqual(['unknown', 'unknown']);
  });

  test('is `unknown` where a client that sends nothing again loses what it was given while it was away', async () => {
    const forgets = { autoResendUnfulfilledCommands: false, maxRetriesPerRequest: null };
    const client = await ioredis({ ...forgets, retryStrategy: () => 100 });
    const driver = fromIoredis(client);
    expect(await failureOf(driver)).toBe('none');
    proxy.cut();
    await until('the loss', () => client.status !== 'ready');
    const failure = failureOf(driver);
    // It is sent as soon as the client is back, and never answered.
    client.once('ready', () => proxy.deafen());
    await until('the return', () => client.status === 'ready');
    await sleep(30);
    proxy.heal();
    expect(await failure).toBe('unknown');
    expect(await failureOf(driver)).toBe('none');
  });

  test('is `stale` where the server stood still for longer than the command had', async () => {
    const driver = fromNodeRedis(await nodeRedis());
    expect(await failureOf(driver)).toBe('none');
    server.freeze();
    const failure = failureOf(driver, 50);
    await sleep(100);
    server.thaw();
    expect(await failure).toBe('stale');
  });

  test('is none of a write that the client sends twice: it is one write', async () => {
    const driver = fromIoredis(await ioredis());
    const store = rawStore(driver);
    const session = key('session', 'default', 'a');
    const write = { mode: 'create', data: Buffer.from('x'), ttlMs: 10_000 } as const;
    await store.write(key('session', 'default', 'before'), write, { deadlineMs: 2_000 });
    // What the server answers is lost, what it is sent is not.
    proxy.deafen();
    const written = store.write(session, write, { deadlineMs: 5_000 });
    await until('the first time', async () => (await server.ask('DBSIZE')) === '2');
    proxy.heal();
    expect(await written).toEqual({ ok: true, version: 1 });
    expect(await store.read(session, { deadlineMs: 2_000 })).toMatchObject({ version: 1 });
  });

  test('is `refused` where the server answers with an error', async () => {
    const driver = fromNodeRedis(await nodeRedis());
    expect(await failureOf(driver)).toBe('none');
    await server.ask('CONFIG', 'SET', 'maxmemory', '1');
    expect(await failureOf(driver)).toBe('refused');
  });

  test('is none after the server forgot the scripts: it is told them once', async () => {
    const driver = fromNodeRedis(await nodeRedis());
    for (const flush of [false, true]) {
      if (flush) await server.ask('SCRIPT', 'FLUSH');
      await server.ask('CONFIG', 'RESETSTAT');
      for (let each = 0; each < 5; each++) expect(await failureOf(driver)).toBe('none');
      const stats = String(await server.ask('INFO', 'commandstats'));
      expect(stats).toMatch(/cmdstat_eval:calls=1,/);
    }
  });

  test('is none of many stores on one client, which listens once', async () => {
    const warnings = hearWarnings();
    const client = await ioredis({ autoResendUnfulfilledCommands: false });
    const before = client.listenerCount('close');
    for (let each = 0; each < 20; each++) expect(await failureOf(fromIoredis(client))).toBe('none');
    expect(client.listenerCount('close')).toBe(before + 1);
    expect(warnings).toEqual([]);
  });

  test('is none of the next command after an answer was late: answers are not mixed up', async () => {
    const store = rawStore(fromNodeRedis(await nodeRedis()));
    proxy.delay(40);
    const answers = await Promise.all(
      [1, 2, 3].map((want) =>
        store.take(key('limit', 'default', `${want}`), { ...TAKE, want }, { deadlineMs: 2_000 }),
      ),
    );
    expect(answers.map(({ units }) => units)).toEqual([1, 2, 3]);
  });
});
