import { gzipSync } from 'node:zlib';
import { describe } from 'vitest';
import { STARTED_AT_ONCE } from './support/deliberate.ts';
import { whole, wholeFetch } from './support/read.ts';
import { ok } from './support/replies.ts';
import { taped } from './support/tape.ts';
import { transparent } from './support/transparent.ts';
import { caught } from './support/world.ts';

// The other order: what the interceptors of undici do comes through ours, not only what servers do.

describe('the interceptors of undici, inside ours', () => {
  transparent(
    'redirect, with the history that it tells',
    async (world) => {
      const url = await world.serve(({ url: path }, response) => {
        if (path !== '/') response.end('paid');
        else response.writeHead(302, { location: '/end' }).end();
      });
      const dispatcher = world.inside(world.undici.interceptors.redirect({ maxRedirections: 3 }));
      return whole(await world.undici.request(url, { dispatcher }));
    },
    { shows: 'history > 1', core: true },
  );
  transparent(
    'the events of a redirect',
    async (world) => {
      const origin = await world.serve(({ url: path }, response) => {
        if (path !== '/') response.end('paid');
        else response.writeHead(302, { location: '/end' }).end();
      });
      const dispatcher = world.inside(world.undici.interceptors.redirect({ maxRedirections: 3 }));
      return taped(dispatcher, { origin, path: '/', method: 'GET' });
    },
    { shows: 'history', differs: STARTED_AT_ONCE },
  );
  transparent(
    'decompress, by request and dispatch',
    async (world) => {
      const origin = await world.serve((_, response) => {
        response.writeHead(200, ['X-A', '1', 'Content-Encoding', 'gzip']);
        response.end(gzipSync('paid '.repeat(10_000)));
      });
      const dispatcher = world.inside(world.undici.interceptors.decompress());
      const response = await whole(await world.undici.request(origin, { dispatcher }));
      return [response, await taped(dispatcher, { origin, path: '/', method: 'GET' })];
    },
    { shows: '50000 bytes', core: true },
  );
  transparent(
    'retry of undici, also for the rest of a body',
    async (world) => {
      let left = 2;
      const url = await world.serve((request, response) => {
        response.setHeader('etag', '"a"');
        if (left-- > 0) response.writeHead(503).end('busy');
        else if (request.headers.range === undefined) {
          response.writeHead(200, { 'content-length': 4 }).write('pa');
          setTimeout(() => response.destroy(), 10);
        } else response.writeHead(206, { 'content-range': 'bytes 2-3/4' }).end('id');
      });
      const retryOptions = { minTimeout: 1, maxRetries: 5 };
      const dispatcher = world.inside(world.undici.interceptors.retry(retryOptions));
      return whole(await world.undici.request(url, { dispatcher }));
    },
    { shows: /"paid"[^]*range: bytes=2-/, core: true },
  );
  transparent(
    'cache, by request, fetch and dispatch',
    async (world) => {
      const origin = await world.serve((_, response) => {
        response.writeHead(200, { 'cache-control': 'max-age=60', 'X-A': '1' }).end('paid');
      });
      const dispatcher = world.inside(world.undici.interceptors.cache());
      return [
        await whole(await world.undici.request(origin, { dispatcher })),
        await whole(await world.undici.request(origin, { dispatcher })),
        await wholeFetch(await world.undici.fetch(origin, { dispatcher })),
        await taped(dispatcher, { origin, path: '/', method: 'GET' }),
      ];
    },
    { shows: 'servers > 0: Array of 1', core: true },
  );
  transparent(
    'dns and dump',
    async (world) => {
      const { dns, dump } = world.undici.interceptors;
      const url = (await world.serve(ok())).replace('127.0.0.1', 'localhost');
      const dispatcher = world.inside(dns({ dualStack: false, affinity: 4 }), dump());
      return whole(await world.undici.request(url, { dispatcher }));
    },
    { shows: 'host: localhost', core: true },
  );
  transparent(
    'responseError',
    async (world) => {
      const url = await world.serve((_, response) => response.writeHead(404).end('no'));
      const dispatcher = world.inside(world.undici.interceptors.responseError());
      return caught(world.undici.request(url, { dispatcher }));
    },
    { shows: 'ResponseError', core: true, noRetry: 'it makes an error of an answer' },
  );
  transparent(
    'deduplicate',
    async (world) => {
      const url = await world.serve(
        (_, response) => void setTimeout(() => response.end('paid'), 10),
      );
      const dispatcher = world.inside(world.undici.interceptors.deduplicate());
      const calls = [1, 2, 3].map(async () =>
        whole(await world.undici.request(url, { dispatcher })),
      );
      return Promise.all(calls);
    },
    { shows: 'servers > 0: Array of 1', core: true },
  );
  transparent(
    'an agent that is composed in two steps',
    async (world) => {
      const { decompress, redirect } = world.undici.interceptors;
      const url = await world.serve(({ url: path }, response) => {
        if (path === '/') response.writeHead(302, { location: '/end' }).end();
        else response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('paid'));
      });
      const dispatcher = world.inside(decompress()).compose(redirect({ maxRedirections: 3 }));
      return whole(await world.undici.request(url, { dispatcher }));
    },
    { shows: 'bytes "paid"', core: true },
  );
});
