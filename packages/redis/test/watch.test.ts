import { setTimeout as sleep } from 'node:timers/promises';
import { key } from '@holdfast/core/stateless';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { hearWarnings } from '../../core/test/support/warnings.ts';
import { fromNodeRedis, redisStore } from '../src/index.ts';
import { startProxy, startServer, until } from './rig/index.ts';
import { nodeRedis, type Connected } from './support/clients.ts';
import { ENGINES, type Engine } from './support/engines.ts';
import { KEY_SECRET, namesOfTests, rawStore } from './support/stores.ts';
import { describeWithServer } from './support/with-server.ts';

const OPERATION = { deadlineMs: 2_000 };
const DATA = { mode: 'force', data: Buffer.from('x'), ttlMs: 10_000, announce: true } as const;

for (const { title, start, clients } of ENGINES) {
  describeWithServer(`who watches a key ${title}`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await start();
    });
    afterAll(() => engine[Symbol.asyncDispose]());

    const ofAll = async (...words: readonly string[]): Promise<readonly string[]> =>
      Promise.all(engine.servers.map(async (server) => String(await server.ask(...words))));

    const listenersOf = async (name: string): Promise<number> => {
      const { channel } = namesOfTests().of(key('watch', name));
      const counts = await ofAll('PUBSUB', 'NUMSUB', channel);
      return counts.reduce((sum, count) => sum + Number(count.split(',').at(-1)), 0);
    };

    /** Without those of the sentinel itself. */
    const connections = async (): Promise<number> => {
      const lists = await ofAll('CLIENT', 'LIST');
      const lines = lists.join('').split('\n');
      return lines.filter((line) => line !== '' && !line.includes(' name=sentinel-')).length;
    };

    /** When those of the test before have ended. */
    const lastingConnections = async (): Promise<number> => {
      const counts = [await connections()];
      await until('a count that lasts', async () => {
        await sleep(30);
        counts.push(await connections());
        return counts.at(-1) === counts.at(-2);
      });
      return counts.at(-1) ?? 0;
    };

    describe.each(clients)('by %s', (name, connect) => {
      let client: Connected;
      beforeAll(async () => {
        client = await connect(engine.ports);
      });
      afterAll(() => client[Symbol.dispose]());

      test('is told to look as soon as it hears: what was announced before may have been missed', async () => {
        await using store = rawStore(client.driver);
        let hints = 0;
        using _ = store.watch(key('watch', name), () => hints++);
        expect(hints).toBe(0);
        await until('the first hint', () => hints === 1);
        await store.write(key('watch', name), DATA, OPERATION);
        await until('the hint', () => hints === 2);
      });

      test('is told to look after the connection was lost, and hears again', async () => {
        await using store = rawStore(client.driver);
        const asked = key('watch', `${name}-lost`);
        let hints = 0;
        using _ = store.watch(asked, () => hints++);
        await until('the first hint', () => hints === 1);
        // Only what listens: the client itself notices nothing.
        await ofAll('CLIENT', 'KILL', 'TYPE', 'pubsub');
        await until('a hint after the loss', () => hints === 2);
        expect(await listenersOf(`${name}-lost`)).toBe(1);
        await store.write(asked, DATA, OPERATION);
        await until('a hint of an announcement', () => hints === 3);
      });

      test('and leaves, and comes back at once, hears', async () => {
        await using store = rawStore(client.driver);
        const asked = key('watch', `${name}-again`);
        for (let each = 0; each < 50; each++) store.watch(asked, () => undefined)[Symbol.dispose]();
        let hints = 0;
        using _ = store.watch(asked, () => hints++);
        await until('the first hint', () => hints > 0);
        const before = hints;
        await store.write(asked, DATA, OPERATION);
        await until('the hint', () => hints > before);
        expect(await listenersOf(`${name}-again`)).toBe(1);
      });

      test('and leaves costs the server nothing more; the end of the store closes the connection', async () => {
        const before = await lastingConnections();
        const store = rawStore(client.driver);
        let hints = 0;
        const watches = [0, 1].map(() => store.watch(key('watch', `${name}-l`), () => hints++));
        await until('the hints', () => hints === 2);
        expect(await listenersOf(`${name}-l`)).toBe(1);
        for (const watch of watches) watch[Symbol.dispose]();
        await until('no subscription', async () => (await listenersOf(`${name}-l`)) === 0);
        await store[Symbol.asyncDispose]();
        await until('the end of the connection', async () => (await connections()) === before);
        // The client itself is not the store's to close.
        expect(client.driver.closed).toBe(false);
      });

      test('leaves no connection where the store ends while that is made', async () => {
        const before = await lastingConnections();
        for (const waitMs of [0, 1, 5]) {
          const store = rawStore(client.driver);
          store.watch(key('watch', name), () => undefined);
          if (waitMs > 0) await sleep(waitMs);
          await store[Symbol.asyncDispose]();
        }
        // Longer than it takes to connect.
        await sleep(100);
        await until('their end', async () => (await connections()) <= before, 2_000).catch(() => 0);
        expect(await connections()).toBe(before);
      });
    });
  });
}

describeWithServer('who watches a key', () => {
  test('and throws is a warning; the others are told', async () => {
    await using server = await startServer();
    using client = await nodeRedis([server.port]);
    const warnings = hearWarnings();
    await using store = rawStore(client.driver);
    let hints = 0;
    const fails = [
      () => {
        throw new Error('mine');
      },
      () => Promise.reject(new Error('mine, later')),
    ];
    const watches = fails.map((fail) => store.watch(key('watch', 'a'), fail as () => void));
    using _ = store.watch(key('watch', 'a'), () => hints++);
    await until('the hint', () => hints > 0 && warnings.length === 2);
    expect(warnings.map(({ code }) => code)).toEqual(['HF_LISTENER_ERROR', 'HF_LISTENER_ERROR']);
    for (const watch of watches) watch[Symbol.dispose]();
  });

  test('of a store that has ended is told nothing', async () => {
    await using server = await startServer();
    using client = await nodeRedis([server.port]);
    const store = redisStore({ driver: client.driver, keySecret: KEY_SECRET });
    let hints = 0;
    store.watch(key('watch', 'ended'), () => hints++);
    await store[Symbol.asyncDispose]();
    hints = 0;
    store.watch(key('watch', 'ended'), () => hints++)[Symbol.dispose]();
    const { channel } = namesOfTests().of(key('watch', 'ended'));
    await server.ask('PUBLISH', channel, '');
    await sleep(50);
    expect(hints).toBe(0);
    const read = store.read(key('watch', 'ended'), OPERATION);
    await expect(read).rejects.toMatchObject({ failure: 'not-sent' });
  });

  test.each([true, false])(
    'while the server is away hears when it is back, which is no warning (disableOfflineQueue: %s)',
    async (disableOfflineQueue) => {
      await using server = await startServer();
      await using proxy = await startProxy(server.port);
      const url = `redis://127.0.0.1:${proxy.port}`;
      const socket = { reconnectStrategy: 30 };
      const client = createClient({ url, disableOfflineQueue, socket });
      client.on('error', () => undefined);
      await client.connect();
      onTestFinished(() => client.destroy());
      await using store = rawStore(fromNodeRedis(client));
      const hints = { before: 0, silent: 0, away: 0 };
      store.watch(key('watch', 'before'), () => hints.before++);
      await until('the first hint', () => hints.before === 1);
      proxy.silence();
      store.watch(key('watch', 'silent'), () => hints.silent++);
      await sleep(20);
      proxy.refuse();
      store.watch(key('watch', 'away'), () => hints.away++);
      await sleep(50);
      expect(hints).toEqual({ before: 1, silent: 0, away: 0 });
      proxy.heal();
      await until('hints', () => hints.before === 2 && hints.silent === 1 && hints.away === 1);
      expect(store.health().warnings).toEqual([]);
    },
  );
});
