import type { RequestListener } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from 'vitest';
import type { Dispatcher } from 'undici';
import { REFUSED } from './support/deliberate.ts';
import { whole, wholeFetch } from './support/read.ts';
import { transparent } from './support/transparent.ts';
import type { World } from './support/world.ts';

const cached = (world: World): Dispatcher =>
  world.agent({ connections: 1 }, world.undici.interceptors.cache());

/** Reads a millisecond later: a copy of no age at all is not stale yet. */
const read = async (world: World, url: string, dispatcher: Dispatcher): Promise<object> => {
  await sleep(2);
  return whole(await world.undici.request(url, { dispatcher }));
};

/** Answers with an entity that can be kept for a while, and says so when it is asked again. */
const entity =
  (control: string): RequestListener =>
  (request, response) => {
    // A fixed date, so that the age is what the test makes it.
    response.setHeader('etag', '"a"').setHeader('cache-control', control);
    if (request.headers['if-none-match'] === '"a"') response.writeHead(304).end();
    else response.writeHead(200, { 'X-Answer': 'fresh' }).end('paid');
  };

describe('the cache of undici, behind ours', () => {
  transparent(
    'the second answer comes from the cache, by request and by fetch',
    async (world) => {
      const url = await world.serve(entity('max-age=60'));
      const dispatcher = cached(world);
      const first = await read(world, url, dispatcher);
      const second = await read(world, url, dispatcher);
      return [first, second, await wholeFetch(await world.undici.fetch(url, { dispatcher }))];
    },
    { shows: /servers > 0: Array of 1\n/, core: true },
  );
  transparent(
    'a stale answer is asked for again, and 304 makes it good',
    async (world) => {
      const url = await world.serve(entity('no-cache'));
      const dispatcher = cached(world);
      return [await read(world, url, dispatcher), await read(world, url, dispatcher)];
    },
    { shows: 'if-none-match', core: true },
  );
  transparent(
    'what must not be kept',
    async (world) => {
      const url = await world.serve(entity('no-store'));
      const dispatcher = cached(world);
      return [await read(world, url, dispatcher), await read(world, url, dispatcher)];
    },
    { shows: 'caller > 1 > headers > x-answer' },
  );
  transparent(
    'a POST empties the cache',
    async (world) => {
      const url = await world.serve(entity('max-age=60'));
      const dispatcher = cached(world);
      const first = await read(world, url, dispatcher);
      const post = await whole(await world.undici.request(url, { dispatcher, method: 'POST' }));
      return [first, post, await read(world, url, dispatcher)];
    },
    { shows: 'POST / HTTP' },
  );
  transparent(
    'only-if-cached without a copy',
    async (world) => {
      const url = await world.serve(entity('max-age=60'));
      const headers = { 'cache-control': 'only-if-cached' };
      return whole(await world.undici.request(url, { dispatcher: cached(world), headers }));
    },
    { shows: 'statusCode: 504' },
  );
  transparent(
    'stale-if-error while the circuit is open: the stale copy is a free fallback',
    async (world) => {
      let healthy = true;
      const url = await world.serve((request, response) => {
        if (healthy) entity('max-age=0, stale-if-error=60')(request, response);
        else response.destroy();
      });
      const dispatcher = cached(world);
      const first = await read(world, url, dispatcher);
      healthy = false;
      world.openCircuit(url);
      const second = await read(world, url, dispatcher);
      return [first, second, await read(world, url, dispatcher)];
    },
    {
      shows: /caller > 2 > statusCode: 200/,
      differs: REFUSED,
      notOn7: 'it serves a stale copy for a status alone, not for an error',
      noRetry: 'a circuit that is open is asked by each attempt',
    },
  );
});
