import { setTimeout as sleep } from 'node:timers/promises';
import { key } from '@holdfast/core/stateless';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hearWarnings } from '../../core/test/support/warnings.ts';
import { redisStore } from '../src/index.ts';
import { startProxy, startServer, until, type FaultProxy, type RedisServer } from './rig/index.ts';
import { CLIENTS, type Connected } from './support/clients.ts';
import { KEY_SECRET, namesOfTests, rawStore } from './support/stores.ts';
import { describeWithServer } from './support/with-server.ts';

const OPERATION = { deadlineMs: 2_000 };
const DATA = { mode: 'force', data: Buffer.from('x'), ttlMs: 10_000, announce: true } as const;

describeWithServer('who watches a key', () => {
  let server: RedisServer;
  let proxy: FaultProxy;
  beforeAll(async () => {
    server = await startServer();
    proxy = await startProxy(server.port);
  });
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await server.stop();
  });

  const listenersOf = async (name: string): Promise<string> => {
    const { channel } = namesOfTests().of(key('watch', name));
    return String(await server.ask('PUBSUB', 'NUMSUB', channel));
  };

  describe.each(CLIENTS)('by %s', (name, connect) => {
    let client: Connected;
    beforeAll(async () => {
      client = await connect([proxy.port]);
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
      let hints = 0;
      using _ = store.watch(key('watch', name), () => hints++);
      await until('the first hint', () => hints === 1);
      proxy.cut();
      await until('a hint after the loss', () => hints > 1);
      const before = hints;
      await until('a hint of an announcement', async () => {
        await store.write(key('watch', name), DATA, OPERATION).catch(() => undefined);
        await sleep(10);
        return hints > before;
      });
      expect(hints).toBeGreaterThan(before);
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
      expect(await listenersOf(`${name}-again`)).toMatch(/,1$/);
    });

    test('and leaves costs the server nothing more; the end of the store closes the connection', async () => {
      const store = rawStore(client.driver);
      let hints = 0;
      const watches = [0, 1].map(() => store.watch(key('watch', `${name}-l`), () => hints++));
      await until('the hints', () => hints === 2);
      expect(await listenersOf(`${name}-l`)).toMatch(/,1$/);
      watches[0]?.[Symbol.dispose]();
      watches[1]?.[Symbol.dispose]();
      await until('the end of the subscription', async () =>
        (await listenersOf(`${name}-l`)).endsWith(',0'),
      );
      const { connections } = proxy;
      await store[Symbol.asyncDispose]();
      await until('the end of the connection', () => proxy.connections === connections - 1);
      // The client itself is not the store's to close.
      expect(client.driver.closed).toBe(false);
    });

    test('and throws is a warning; the others are told', async () => {
      const warnings = hearWarnings();
      await using store = rawStore(client.driver);
      let hints = 0;
      const fails = [
        () => {
          throw new Error('mine');
        },
        () => Promise.reject(new Error('mine, later')),
      ];
      const watches = fails.map((fail) => store.watch(key('watch', name), fail as () => void));
      using _ = store.watch(key('watch', name), () => hints++);
      await until('the hint', () => hints > 0 && warnings.length === 2);
      expect(warnings.map(({ code }) => code)).toEqual(['HF_LISTENER_ERROR', 'HF_LISTENER_ERROR']);
      for (const watch of watches) watch[Symbol.dispose]();
    });
  });

  test('of a store that has ended is told nothing', async () => {
    const [, connect] = CLIENTS[0]!;
    using client = await connect([proxy.port]);
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
});
