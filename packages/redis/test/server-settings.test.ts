import { key, type StoreError } from '@holdfast/core/stateless';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { expect, onTestFinished, test } from 'vitest';
import { hearWarnings } from '../../core/test/support/warnings.ts';
import { fromIoredis, fromNodeRedis, redisStore } from '../src/index.ts';
import { ARGUMENT_TIME } from '../src/scripts/prelude.ts';
import { scriptsBy } from '../src/scripts/scripts.ts';
import { startProxy, startServer, until, type RedisServer } from './rig/index.ts';
import { nodeRedis } from './support/clients.ts';
import { KEY_SECRET, namesOfTests, rawStore } from './support/stores.ts';
import { toldTheTime } from './support/told-the-time.ts';
import { describeWithServer } from './support/with-server.ts';

const OPERATION = { deadlineMs: 2_000 };
const TAKE = { unitsPerMs: 1, burst: 10, want: 1 };

describeWithServer('a user who may neither look at the server nor subscribe', () => {
  test('may use a store all the same; that it cannot be told of changes is a warning, once', async () => {
    const warnings = hearWarnings();
    await using server = await startServer();
    const blind = ['on', '>secret', '~*', '&*', '+@all', '-info', '-subscribe'];
    await server.ask('ACL', 'SETUSER', 'blind', ...blind);
    const client = new Redis(server.port, '127.0.0.1', {
      username: 'blind',
      password: 'secret',
      enableReadyCheck: false,
    });
    const store = redisStore({ driver: fromIoredis(client), keySecret: KEY_SECRET });
    expect(await store.take(key('limit', 'a'), TAKE, OPERATION)).toMatchObject({ units: 1 });
    for (const name of ['a', 'b']) store.watch(key('limit', name), () => undefined);
    await until('a warning', () => warnings.length > 0);
    await store.take(key('limit', 'a'), TAKE, OPERATION);
    expect(warnings).toMatchObject([
      {
        code: 'HF_REDIS_WATCH',
        type: 'HoldfastWarning',
        message: expect.stringContaining('NOPERM'),
      },
    ]);
    expect(store.health().warnings).toHaveLength(1);
    await store[Symbol.asyncDispose]();
    client.disconnect();
  });
});

/** A server, and a client of a user with these rights. */
const asUser = async (...rights: readonly string[]) => {
  const server = await startServer();
  await server.ask('ACL', 'SETUSER', 'user', 'on', '>secret', '~*', ...rights);
  const client = createClient({ url: `redis://user:secret@127.0.0.1:${server.port}` });
  client.on('error', () => undefined);
  await client.connect();
  onTestFinished(async () => {
    client.destroy();
    await server.stop();
  });
  return { server, store: rawStore(fromNodeRedis(client)) };
};

describeWithServer('a user who may not publish', () => {
  test('writes, removes and releases all the same, once', async () => {
    // As Redis 7 makes them: without a channel.
    const { store } = await asUser('+@all');
    const [session, lock] = [key('session', 'a'), key('lock', 'a')];
    const write = {
      mode: 'create',
      data: Buffer.from('x'),
      ttlMs: 60_000,
      announce: true,
    } as const;
    expect(await store.write(session, write, OPERATION)).toEqual({ ok: true, version: 1 });
    await store.remove(session, { tombstoneMs: 5_000 }, OPERATION);
    expect(await store.read(session, OPERATION)).toBeUndefined();
    const lease = { max: 1, leaseMs: 60_000, id: 'me' };
    await store.lease(lock, lease, OPERATION);
    await store.release(lock, lease, OPERATION);
    const other = await store.lease(lock, { ...lease, id: 'other' }, OPERATION);
    expect(other).toMatchObject({ held: true });
  });
});

describeWithServer('a user who lacks a right that a lease needs', () => {
  test.each(['-pexpire', '-set', '-zadd'])('(%s) leaves nothing without an end', async (right) => {
    const { server, store } = await asUser('&*', '+@all', right);
    const lease = { max: 1, leaseMs: 60_000, id: 'me' };
    const refused = { failure: 'refused' } satisfies Partial<StoreError>;
    await expect(store.lease(key('lock', 'a'), lease, OPERATION)).rejects.toMatchObject(refused);
    const names = await server.ask('KEYS', '*');
    for (const name of Array.isArray(names) ? names : [])
      expect(await server.ask('PTTL', String(name))).not.toBe('-1');
    expect(await server.ask('EXISTS', namesOfTests().of(key('lock', 'a')).lease)).toBe('0');
  });
});

describeWithServer('a server that takes no writes', () => {
  test('still reads, without its replicas and as a replica', async () => {
    await using server = await startServer();
    using client = await nodeRedis([server.port]);
    const store = rawStore(client.driver);
    const session = key('session', 'a');
    const write = { mode: 'force', data: Buffer.from('x'), ttlMs: 60_000 } as const;
    const refused = { failure: 'refused' } satisfies Partial<StoreError>;
    await store.write(session, write, OPERATION);
    await server.ask('CONFIG', 'SET', 'min-replicas-to-write', '1');
    await expect(store.write(session, write, OPERATION)).rejects.toMatchObject(refused);
    expect(await store.read(session, OPERATION)).toMatchObject({ version: 1 });

    await server.ask('CONFIG', 'SET', 'min-replicas-to-write', '0');
    await using primary = await startServer();
    await using link = await startProxy(primary.port);
    await server.ask('REPLICAOF', '127.0.0.1', String(link.port));
    await expect(store.write(session, write, OPERATION)).rejects.toMatchObject(refused);
    await until('a copy', async () => (await store.read(session, OPERATION)) === undefined);
  });
});

describeWithServer('a record that was read', () => {
  test('has memory of its own, no larger than it is', async () => {
    await using server = await startServer();
    using client = await nodeRedis([server.port]);
    const store = rawStore(client.driver);
    const write = { mode: 'force', data: Buffer.from('x'), ttlMs: 60_000 } as const;
    await store.write(key('session', 'a'), write, OPERATION);
    const read = await store.read(key('session', 'a'), OPERATION);
    expect(read?.data).toEqual(Buffer.from('x'));
    expect(read?.data.buffer.byteLength).toBe(1);
  });
});

describeWithServer('a server without memory', () => {
  const limitMemory = async (server: RedisServer): Promise<void> => {
    await server.ask('CONFIG', 'SET', 'maxmemory', '1');
  };

  test('still releases, reads, prolongs and removes; all that takes room is refused', async () => {
    await using server = await startServer('--maxmemory-policy', 'noeviction');
    using client = await nodeRedis([server.port]);
    const store = rawStore(client.driver);
    const [session, lock] = [key('session', 'a'), key('lock', 'a')];
    const lease = { max: 1, leaseMs: 30_000, id: 'me' };
    const data = Buffer.from('data');
    await store.write(session, { mode: 'create', data, ttlMs: 10_000 }, OPERATION);
    await store.lease(lock, lease, OPERATION);
    await limitMemory(server);

    const refused = { failure: 'refused' } satisfies Partial<StoreError>;
    await expect(store.take(key('limit', 'a'), TAKE, OPERATION)).rejects.toMatchObject(refused);
    const write = { mode: 'force', data, ttlMs: 10_000 } as const;
    await expect(store.write(session, write, OPERATION)).rejects.toMatchObject(refused);
    expect(await store.read(session, OPERATION)).toMatchObject({ version: 1 });
    expect(await store.touch(session, 20_000, OPERATION)).toBe('ok');
    await store.remove(session, { tombstoneMs: 10_000 }, OPERATION);
    await store.release(lock, lease, OPERATION);

    await server.ask('CONFIG', 'SET', 'maxmemory', '0');
    expect(await store.write(session, write, OPERATION)).toMatchObject({ reason: 'gone' });
    const other = await store.lease(lock, { ...lease, id: 'other' }, OPERATION);
    expect(other).toMatchObject({ held: true });
  });

  test('still reads what a clock that went back makes end earlier', async () => {
    await using server = await startServer('--maxmemory-policy', 'noeviction');
    using client = await nodeRedis([server.port]);
    let now = 1_700_000_000_000;
    const driver = toldTheTime(client.driver, () => now);
    const store = rawStore(driver, scriptsBy(ARGUMENT_TIME));
    const session = key('session', 'a');
    const write = { mode: 'create', data: Buffer.from('x'), ttlMs: 10_000 } as const;
    await store.write(session, write, OPERATION);
    await limitMemory(server);
    now -= 30_000;
    expect(await store.read(session, OPERATION)).toMatchObject({ ttlMs: 10_000 });
  });

  test('that is set to forget anything gives a warning, once for each store', async () => {
    const warnings = hearWarnings();
    await using server = await startServer('--maxmemory-policy', 'allkeys-lru');
    using client = await nodeRedis([server.port]);
    const store = redisStore({ driver: client.driver, keySecret: KEY_SECRET, name: 'shared' });
    expect(store.health().warnings).toEqual([]);
    await store.take(key('limit', 'a'), TAKE, OPERATION);
    await until('a warning', () => warnings.length > 0);
    await store.take(key('limit', 'a'), TAKE, OPERATION);
    expect(warnings).toMatchObject([
      {
        code: 'HF_REDIS_EVICTION',
        message: expect.stringMatching(/^store "shared": .*allkeys-lru/),
      },
    ]);
    expect(store.health().warnings).toEqual([expect.stringContaining('allkeys-lru')]);
    await store[Symbol.asyncDispose]();
  });
});
