import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe } from 'vitest';
import { whole, wholeFetch } from './support/read.ts';
import { ok } from './support/replies.ts';
import { taped } from './support/tape.ts';
import { transparent } from './support/transparent.ts';
import type { World } from './support/world.ts';

/** What request, fetch and a handler of one's own make of a response. */
const three = async (world: World, listener: RequestListener, method = 'GET'): Promise<object> => {
  const url = await world.serve(listener);
  const dispatcher = world.agent();
  const infos: unknown[] = [];
  const onInfo = (info: unknown): unknown => infos.push(info);
  return {
    request: await whole(
      await world.undici.request(url, { dispatcher, method: method as 'GET', onInfo }),
    ),
    infos,
    fetch: await wholeFetch(await world.undici.fetch(url, { dispatcher, method })),
    dispatch: await taped(dispatcher, { origin: url, path: '/', method }),
  };
};

describe('each kind of response', () => {
  transparent('204', (world) => three(world, (_, response) => response.writeHead(204).end()), {
    shows: 'statusCode: 204',
    core: true,
  });
  transparent(
    '304',
    (world) => three(world, (_, response) => response.writeHead(304, { etag: '"a"' }).end()),
    { shows: 'statusCode: 304' },
  );
  transparent(
    'HEAD with the length of what it leaves out',
    (world) =>
      three(world, (_, response) => response.writeHead(200, { 'content-length': 9 }).end(), 'HEAD'),
    { shows: 'content-length: "9"', core: true },
  );
  transparent('OPTIONS', (world) => three(world, ok(), 'OPTIONS'), { shows: 'OPTIONS / HTTP' });
  transparent('DELETE', (world) => three(world, ok(), 'DELETE'), { shows: 'DELETE / HTTP' });
  transparent('PATCH', (world) => three(world, ok(), 'PATCH'), { shows: 'PATCH / HTTP' });
  transparent(
    '102 and 103 before the answer',
    (world) =>
      three(world, (_, response) => {
        response.writeProcessing();
        response.writeEarlyHints({ link: ['</a.css>; rel=preload', '</b.css>; rel=preload'] });
        response.end('paid');
      }),
    { shows: /102[^]*103/, core: true },
  );
  transparent(
    'trailers after chunks',
    (world) =>
      three(world, (_, response) => {
        response.writeHead(200, { Trailer: 'X-Sum, x-sum' });
        response.write('pa');
        response.addTrailers([
          ['X-Sum', '4'],
          ['x-sum', '5'],
        ]);
        response.end('id');
      }),
    { shows: 'trailers > x-sum', core: true },
  );
  transparent(
    '404, 410 and 418',
    async (world) => {
      const statuses = [404, 410, 418];
      const answer: RequestListener = (_, response) =>
        response.writeHead(statuses[0] ?? 0).end('no');
      const seen: unknown[] = [];
      for (; statuses.length > 0; statuses.shift()) seen.push(await three(world, answer));
      return seen;
    },
    { shows: "I'm a Teapot" },
  );
  transparent(
    '500, 503 with Retry-After and 429',
    async (world) => {
      const statuses = [500, 503, 429];
      const answer: RequestListener = (_, response) =>
        response.writeHead(statuses[0] ?? 0, { 'retry-after': '1' }).end('busy');
      const seen: unknown[] = [];
      for (; statuses.length > 0; statuses.shift()) seen.push(await three(world, answer));
      return seen;
    },
    { shows: /500[^]*503[^]*429/, core: true, noRetry: 'each of them would be sent again' },
  );
  transparent(
    'a body that ends with its connection',
    (world) =>
      three(world, ({ socket }) => socket.end('HTTP/1.1 200 OK\r\nX-Old: 1\r\n\r\nuntil the end')),
    { shows: 'until the end' },
  );
  transparent(
    'a server of HTTP/1.0',
    (world) => three(world, ({ socket }) => socket.end('HTTP/1.0 200 OK\r\n\r\nold')),
    { shows: 'old' },
  );
  transparent(
    'gzip, which request leaves and fetch decodes',
    (world) =>
      three(world, (_, response) => {
        response.setHeader('content-encoding', 'gzip');
        response.end(gzipSync('paid'));
      }),
    { shows: /content-encoding[^]*fetch > body: bytes "paid"/ },
  );
});
