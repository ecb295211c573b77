import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { RequestListener } from 'node:http';
import { lookup } from 'node:dns';
import { describe } from 'vitest';
import { whole, wholeFetch } from './support/read.ts';
import { ok } from './support/replies.ts';
import { taped } from './support/tape.ts';
import { transparent } from './support/transparent.ts';
import { caught } from './support/world.ts';

const RETRY = { retryOptions: { minTimeout: 1, maxRetries: 3 } };

/** Fails as often as asked, then answers. */
const recovering = (failures: number, status = 503): RequestListener => {
  let left = failures;
  return (_, response) => {
    response.writeHead(left-- > 0 ? status : 200, { etag: '"a"', 'content-type': 'text/plain' });
    response.end('paid');
  };
};

describe('the interceptors of undici, behind ours', () => {
  const codings = { gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync };
  for (const [coding, compress] of Object.entries(codings))
    transparent(
      `decompress: ${coding}, by request, fetch and dispatch`,
      async (world) => {
        const origin = await world.serve((_, response) => {
          response.writeHead(200, ['X-A', '1', 'Content-Encoding', coding]);
          response.end(compress('paid '.repeat(20_000)));
        });
        const plain = world.agent();
        const dispatcher = world.agent({}, world.undici.interceptors.decompress());
        return [
          await whole(await world.undici.request(origin, { dispatcher })),
          await taped(dispatcher, { origin, path: '/', method: 'GET' }),
          await wholeFetch(await world.undici.fetch(origin, { dispatcher: plain })),
        ];
      },
      { shows: '100000 bytes', core: coding === 'br' },
    );

  transparent(
    'dump: a body that nobody wants',
    async (world) => {
      const url = await world.serve(ok('a'.repeat(10_000)));
      const dispatcher = world.agent(
        { connections: 1 },
        world.undici.interceptors.dump({ maxSize: 20_000 }),
      );
      const first = await whole(await world.undici.request(url, { dispatcher }));
      return [first, await whole(await world.undici.request(url, { dispatcher }))];
    },
    { shows: 'body: bytes ""', core: true },
  );
  transparent(
    'dump: a body that is too large',
    async (world) => {
      world.withoutServers();
      const url = await world.serve(ok('a'.repeat(10_000)));
      const dispatcher = world.agent({}, world.undici.interceptors.dump({ maxSize: 100 }));
      return caught(async () => whole(await world.undici.request(url, { dispatcher })));
    },
    { shows: 'larger than maxSize', core: true },
  );

  transparent(
    'dns: a name that is looked up once',
    async (world) => {
      const url = await world.serve(ok());
      let lookups = 0;
      const { dns } = world.undici.interceptors;
      const names = dns({
        dualStack: false,
        affinity: 4,
        lookup: (origin, options, callback) => {
          lookups += 1;
          lookup(origin.hostname, { ...options, all: true, family: 4 } as never, callback as never);
        },
      });
      const dispatcher = world.agent({ connections: 1 }, names);
      const named = url.replace('127.0.0.1', 'localhost');
      const seen: unknown[] = [];
      for (let call = 0; call < 2; call++)
        seen.push(await whole(await world.undici.request(named, { dispatcher })));
      return { seen, lookups };
    },
    { shows: 'lookups: 1', core: true },
  );

  transparent(
    'responseError: 404 and 500 become errors',
    async (world) => {
      const statuses = [404, 500];
      const url = await world.serve((_, response) => {
        response.writeHead(statuses[0] ?? 0, { 'content-type': 'application/json' });
        response.end('{"why":"no"}');
      });
      const dispatcher = world.agent({}, world.undici.interceptors.responseError());
      const seen: unknown[] = [];
      for (; statuses.length > 0; statuses.shift())
        seen.push(await caught(world.undici.request(url, { dispatcher })));
      return seen;
    },
    { shows: /ResponseError[^]*404[^]*500/, core: true, noRetry: '500 would be sent again' },
  );

  transparent(
    'retry of undici in the place of ours, by request and dispatch',
    async (world) => {
      const url = await world.serve(recovering(2));
      const origin = await world.serve(recovering(1));
      const dispatcher = world.agent({ connections: 1 }, world.undici.interceptors.retry());
      const response = await world.undici.request(url, { dispatcher, ...RETRY });
      const options = { origin, path: '/', method: 'GET', ...RETRY } as const;
      return [await whole(response), await taped(dispatcher, options)];
    },
    { shows: 'statusCode: 200', core: true, noRetry: 'one layer retries' },
  );
  transparent(
    'retry of undici that gives up',
    async (world) => {
      const url = await world.serve(recovering(9));
      const dispatcher = world.agent({ connections: 1 }, world.undici.interceptors.retry());
      return caught(world.undici.request(url, { dispatcher, ...RETRY }));
    },
    { shows: 'UND_ERR_REQ_RETRY', noRetry: 'one layer retries' },
  );
  transparent(
    'retry of undici that asks for the rest of a body',
    async (world) => {
      const url = await world.serve((request, response) => {
        response.setHeader('etag', '"a"');
        if (request.headers.range === undefined) {
          response.writeHead(200, { 'content-length': 4 }).write('pa');
          setTimeout(() => response.destroy(), 10);
        } else response.writeHead(206, { 'content-range': 'bytes 2-3/4' }).end('id');
      });
      const dispatcher = world.agent({}, world.undici.interceptors.retry());
      const response = await world.undici.request(url, { dispatcher, ...RETRY });
      return whole(response);
    },
    { shows: /"paid"[^]*range: bytes=2-/, core: true },
  );

  transparent(
    'deduplicate: three callers, one request',
    async (world) => {
      const url = await world.serve(
        (_, response) => void setTimeout(() => response.end('paid'), 10),
      );
      const dispatcher = world.agent({}, world.undici.interceptors.deduplicate());
      const calls = [1, 2, 3].map(async () =>
        whole(await world.undici.request(url, { dispatcher })),
      );
      return Promise.all(calls);
    },
    { shows: /servers > 0: Array of 1\n/, core: true },
  );

  transparent(
    'an interceptor of the user that adds a field and reads the answer',
    async (world) => {
      const url = await world.serve(ok());
      const statuses: number[] = [];
      const { DecoratorHandler } = world.undici;
      const dispatcher = world.agent({}, (dispatch) => (options, handler) => {
        const watching = Object.assign(new DecoratorHandler(handler), {
          onResponseStart: (...event: Parameters<NonNullable<typeof handler.onResponseStart>>) => {
            statuses.push(event[1]);
            handler.onResponseStart?.(...event);
          },
        });
        return dispatch({ ...options, headers: { 'X-Trace': '1' } }, watching);
      });
      return [await whole(await world.undici.request(url, { dispatcher })), statuses];
    },
    { shows: 'X-Trace: 1', core: true },
  );

  transparent(
    'all of them at once: dns, decompress, redirect, cache',
    async (world) => {
      const { dns, decompress, redirect, cache } = world.undici.interceptors;
      const url = await world.serve((request, response) => {
        if (request.url === '/') return response.writeHead(302, { location: '/end' }).end();
        const fields = { 'content-encoding': 'gzip', 'cache-control': 'max-age=60' };
        return response.writeHead(200, fields).end(gzipSync('paid'));
      });
      const theirs = [dns(), decompress(), redirect({ maxRedirections: 3 }), cache()];
      const dispatcher = world.agent({ connections: 1 }, ...theirs);
      const seen: unknown[] = [];
      for (let call = 0; call < 2; call++)
        seen.push(await whole(await world.undici.request(url, { dispatcher })));
      return seen;
    },
    { shows: 'body: bytes "paid"', core: true },
  );
});
