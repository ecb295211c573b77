import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { RequestListener } from 'node:http';
import { describe } from 'vitest';
import { STARTED_AT_ONCE } from './support/deliberate.ts';
import { get, whole } from './support/read.ts';
import { ok } from './support/replies.ts';
import { Tape } from './support/tape.ts';
import { transparent } from './support/transparent.ts';
import { until } from './support/world.ts';

/** Answers with the path, a moment later. */
const slowly: RequestListener = ({ url }, response) => void setTimeout(() => response.end(url), 2);

describe('connections', () => {
  transparent(
    'five requests in turn share one',
    async (world) => {
      const origin = await world.serve(ok());
      const dispatcher = world.agent();
      const seen: unknown[] = [];
      for (let call = 0; call < 5; call++) seen.push(await get(dispatcher, `/${call}`, origin));
      return seen;
    },
    { shows: 'GET /4', core: true },
  );
  transparent(
    'twelve requests at once over a pool of two',
    async (world) => {
      const origin = await world.serve(slowly);
      const { Pool } = world.undici;
      const dispatcher = world.through(new Pool(origin, { connections: 2 }));
      const calls = Array.from({ length: 12 }, (_, index) => get(dispatcher, `/${index}`));
      return Promise.all(calls);
    },
    { shows: 'servers > 0: Array of 2', core: true },
  );
  transparent(
    'pipelining on one client',
    async (world) => {
      let waiting = 0;
      let most = 0;
      const origin = await world.serve(({ url }, response) => {
        most = Math.max(most, ++waiting);
        setTimeout(() => {
          waiting -= 1;
          response.end(url);
        }, 2);
      });
      const dispatcher = world.through(new world.undici.Client(origin, { pipelining: 4 }));
      await get(dispatcher, '/first');
      const calls = Array.from({ length: 4 }, (_, index) => get(dispatcher, `/${index}`));
      return { responses: await Promise.all(calls), most };
    },
    { shows: 'most: 4', core: true },
  );
  transparent(
    'sixty requests at once',
    async (world) => {
      world.withoutServers(); // which of its connections takes what is left to chance
      const origin = await world.serve(slowly);
      const dispatcher = world.agent();
      const calls = Array.from({ length: 60 }, (_, index) => get(dispatcher, `/${index}`, origin));
      return Promise.all(calls);
    },
    { shows: 'body: "/59"', core: true },
  );
  transparent(
    'a server that closes after each answer',
    async (world) => {
      const origin = await world.serve((_, response) => {
        response.setHeader('connection', 'close').end('paid');
      });
      const dispatcher = world.agent({ connections: 1 });
      return [await get(dispatcher, '/1', origin), await get(dispatcher, '/2', origin)];
    },
    { shows: 'servers > 0: Array of 2' },
  );
  transparent(
    'a request that is the last of its connection',
    async (world) => {
      const origin = await world.serve(ok());
      const dispatcher = world.agent({ connections: 1 });
      const options = { origin, path: '/', method: 'GET', reset: true } as const;
      return [await whole(await dispatcher.request(options)), await get(dispatcher, '/2', origin)];
    },
    { shows: 'connection: close' },
  );
  transparent(
    'the events of a client: connect, disconnect, drain',
    async (world) => {
      const origin = await world.serve(ok());
      const dispatcher = world.through(new world.undici.Client(origin));
      const heard: string[] = [];
      for (const event of ['connect', 'disconnect', 'connectionError', 'drain'])
        dispatcher.on(event as 'drain', () => heard.push(event));
      const response = await get(dispatcher, '/');
      await dispatcher.close();
      await until(() => heard.includes('disconnect'));
      return { heard, response };
    },
    { shows: 'disconnect' },
  );
  transparent(
    'two origins of one agent, and their numbers',
    async (world) => {
      const origins = [await world.serve(ok('one')), await world.serve(ok('two'))];
      const dispatcher = world.agent({ connections: 1 });
      const seen: unknown[] = [];
      for (const origin of origins) seen.push(await get(dispatcher, '/', origin));
      return { seen, stats: Reflect.get(dispatcher, 'stats') };
    },
    { shows: 'body: "two"' },
  );
  transparent(
    'a balanced pool',
    async (world) => {
      const origin = await world.serve(ok());
      const pool = new world.undici.BalancedPool([origin], { connections: 1 });
      const dispatcher = world.through(pool);
      return [await get(dispatcher, '/1'), await get(dispatcher, '/2')];
    },
    { shows: 'GET /2' },
  );
});

describe('what undici itself tells', () => {
  transparent(
    'a request that undici starts anew on a second connection',
    async (world) => {
      let served = 0;
      const origin = await world.serve((_, response) => {
        served += 1;
        if (served === 2) response.setHeader('connection', 'close');
        setTimeout(() => response.end('paid'), 5);
      });
      const { Client } = world.undici;
      const dispatcher = world.through(new Client(origin, { pipelining: 2 }));
      await get(dispatcher, '/first');
      const tapes = [new Tape(), new Tape()];
      for (const tape of tapes)
        dispatcher.dispatch({ path: '/', method: 'GET', blocking: false }, tape);
      await Promise.all(tapes.map((tape) => tape.done));
      return tapes.map((tape) => tape.events);
    },
    {
      shows: 'servers > 0: Array of 2',
      core: true,
      differs: STARTED_AT_ONCE,
      notOn7: 'it has a pipeline of one until the first answer',
    },
  );
  transparent(
    'its diagnostics',
    async (world) => {
      const told: unknown[] = [];
      for (const name of ['create', 'bodySent', 'headers', 'trailers', 'error']) {
        const channel = `undici:request:${name}`;
        const listen = (message: unknown): void => {
          const { request, response } = message as { request: object; response?: object };
          told.push([channel, Reflect.get(request, 'method'), response]);
        };
        subscribe(channel, listen);
        world.afterwards(() => unsubscribe(channel, listen));
      }
      const origin = await world.serve(ok());
      const dispatcher = world.agent({ connections: 1 });
      const options = { origin, path: '/', method: 'PUT', body: 'bill' } as const;
      return { response: await whole(await dispatcher.request(options)), told };
    },
    { shows: 'undici:request:trailers', core: true },
  );
});
