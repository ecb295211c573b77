import { Readable } from 'node:stream';
import type { RequestListener } from 'node:http';
import { describe } from 'vitest';
import { whole, wholeFetch } from './support/read.ts';
import { afterBody, ok } from './support/replies.ts';
import { taped } from './support/tape.ts';
import { transparent } from './support/transparent.ts';
import { caught, type World } from './support/world.ts';

/** `/301?to=…` answers with that status and location, anything else with what arrived. */
const redirecting: RequestListener = afterBody((body, request, response) => {
  const [path, to] = (request.url ?? '').split('?to=');
  const status = Number(path?.slice(1));
  if (to === undefined) return response.end(`${request.method} ${body.toString()}`);
  response.writeHead(status, { location: decodeURIComponent(to), 'set-cookie': 'hop=1' });
  return response.end('elsewhere');
});

const SECRETS = { authorization: 'Basic x', cookie: 'a=1', 'X-Own': 'kept', 'content-type': 'a/b' };

const redirected = (world: World, maxRedirections = 3): ReturnType<World['agent']> =>
  world.agent({}, world.undici.interceptors.redirect({ maxRedirections }));

describe('redirects by the interceptor of undici, behind ours', () => {
  transparent(
    'two hops, with their history',
    async (world) => {
      const url = await world.serve(redirecting);
      const dispatcher = redirected(world);
      const to = encodeURIComponent('/302?to=/end');
      return whole(await world.undici.request(`${url}/301?to=${to}`, { dispatcher }));
    },
    { shows: /context > history > 2/, core: true },
  );
  transparent(
    'the events that a handler hears of two hops',
    async (world) => {
      const origin = await world.serve(redirecting);
      const options = { origin, path: '/302?to=/end', method: 'GET' } as const;
      return taped(redirected(world), options);
    },
    { shows: 'history', core: true },
  );
  transparent(
    'another origin gets no secrets',
    async (world) => {
      const other = await world.serve(redirecting);
      const url = await world.serve(redirecting);
      const dispatcher = redirected(world);
      const to = encodeURIComponent(`${other}/end`);
      const options = { dispatcher, headers: SECRETS };
      return whole(await world.undici.request(`${url}/307?to=${to}`, options));
    },
    { shows: /authorization: Basic x/, core: true },
  );
  for (const status of [301, 303, 307, 308])
    transparent(
      `${status} of a POST`,
      async (world) => {
        const url = await world.serve(redirecting);
        const options = { dispatcher: redirected(world), headers: SECRETS, body: 'paid' };
        return whole(
          await world.undici.request(`${url}/${status}?to=/end`, { ...options, method: 'POST' }),
        );
      },
      { shows: status > 303 ? '"POST paid"' : '"GET "' },
    );
  transparent(
    '307 of a stream, which cannot be sent again',
    async (world) => {
      const url = await world.serve(redirecting);
      const body = Readable.from(['pa', 'id']);
      const options = { dispatcher: redirected(world), body, method: 'PUT' } as const;
      return whole(await world.undici.request(`${url}/307?to=/end`, options));
    },
    { shows: 'statusCode: 307' },
  );
  transparent(
    'more hops than allowed',
    async (world) => {
      const url = await world.serve(redirecting);
      const to = encodeURIComponent('/302?to=/end');
      const options = { dispatcher: redirected(world, 1), throwOnMaxRedirect: true };
      return caught(world.undici.request(`${url}/301?to=${to}`, options));
    },
    { shows: 'UND_ERR', notOn7: 'it knows no code for it' },
  );
  transparent(
    'a loop',
    async (world) => {
      const url = await world.serve((_, response) =>
        response.writeHead(302, { location: '/' }).end(),
      );
      return caught(world.undici.request(url, { dispatcher: redirected(world, 10) }));
    },
    { shows: 'Redirect loop' },
  );
});

describe('redirects by fetch', () => {
  transparent(
    'two hops, and another origin gets no secrets',
    async (world) => {
      const other = await world.serve(redirecting);
      const url = await world.serve(redirecting);
      const dispatcher = world.agent();
      const to = encodeURIComponent(`/302?to=${encodeURIComponent(`${other}/end`)}`);
      const headers = { authorization: 'Basic x', 'X-Own': 'kept' };
      return wholeFetch(await world.undici.fetch(`${url}/301?to=${to}`, { dispatcher, headers }));
    },
    { shows: /redirected: true/, core: true },
  );
  for (const redirect of ['manual', 'error'] as const)
    transparent(
      `redirect: ${redirect}`,
      async (world) => {
        const url = await world.serve(redirecting);
        const init = { dispatcher: world.agent(), redirect };
        const response = world.undici.fetch(`${url}/302?to=/end`, init);
        return redirect === 'error' ? caught(response) : wholeFetch(await response);
      },
      { shows: redirect === 'error' ? 'fetch failed' : 'status: 302' },
    );
  transparent(
    '307 of a PUT with a body',
    async (world) => {
      const url = await world.serve(redirecting);
      const init = { dispatcher: world.agent(), method: 'PUT', body: 'paid' };
      return wholeFetch(await world.undici.fetch(`${url}/307?to=/end`, init));
    },
    { shows: 'PUT paid' },
  );
  transparent(
    'twenty-one hops',
    async (world) => {
      let hop = 0;
      const url = await world.serve((request, response) =>
        hop > 25
          ? ok()(request, response)
          : response.writeHead(302, { location: `/${hop++}` }).end(),
      );
      return caught(world.undici.fetch(url, { dispatcher: world.agent() }));
    },
    { shows: 'redirect count exceeded' },
  );
});
