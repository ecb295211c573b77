import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe } from 'vitest';
import type { Dispatcher } from 'undici';
import { whole, wholeFetch } from './support/read.ts';
import { afterBody, echo, everyField } from './support/replies.ts';
import { taped } from './support/tape.ts';
import { transparent } from './support/transparent.ts';
import { caught } from './support/world.ts';

const QUERY = { query: { q: 'caf\u00e9', page: 2 } };

describe('each way to make a request', () => {
  transparent(
    'request gives every field of the response',
    async (world) => {
      const url = await world.serve(everyField);
      const dispatcher = world.agent();
      return whole(await world.undici.request(url, { dispatcher, opaque: { id: 7 } }));
    },
    { shows: 'Fine And Dandy', core: true },
  );

  transparent(
    'request gives raw headers in their order and case',
    async (world) => {
      const url = await world.serve(everyField);
      const dispatcher = world.agent();
      return whole(await world.undici.request(url, { dispatcher, responseHeaders: 'raw' }));
    },
    { shows: /x-repeated/i, core: true },
  );

  transparent(
    'request with a query and headers of each form',
    async (world) => {
      const url = await world.serve(echo);
      const dispatcher = world.agent();
      const forms = [
        { 'X-Case': 'kept', 'x-list': ['a', 'b'] },
        ['X-Flat', '1', 'x-flat', '2'],
        new Map([['X-Map', '1']]),
        Object.entries({ 'X-Pairs': '1' })[Symbol.iterator](),
      ];
      const seen: unknown[] = [];
      for (const headers of forms)
        seen.push(
          await whole(await world.undici.request(`${url}/a/b`, { dispatcher, headers, ...QUERY })),
        );
      return seen;
    },
    { shows: 'X-Pairs: 1', core: true },
  );

  transparent(
    'request as a method with a callback',
    async (world) => {
      const origin = await world.serve(everyField);
      const dispatcher = world.agent();
      const options = { origin, path: '/', method: 'GET', opaque: 'o' } as const;
      const heard = new Promise<[Error | null, Dispatcher.ResponseData<string>]>((resolve) => {
        dispatcher.request<string>(options, (error, data) => resolve([error, data]));
      });
      const [error, response] = await heard;
      return [error, await whole(response)];
    },
    { shows: 'Fine And Dandy' },
  );

  transparent(
    'request through the global dispatcher',
    async (world) => {
      const { getGlobalDispatcher, setGlobalDispatcher } = world.undici;
      const before = getGlobalDispatcher();
      world.afterwards(() => setGlobalDispatcher(before));
      setGlobalDispatcher(world.agent());
      return whole(await world.undici.request(await world.serve(everyField)));
    },
    { shows: 'Fine And Dandy' },
  );

  transparent(
    'stream writes into what its factory gives',
    async (world) => {
      const url = await world.serve((_, response) => {
        response.writeHead(201, { trailer: 'X-Sum' });
        response.write('pa');
        response.addTrailers({ 'X-Sum': '4' });
        response.end('id');
      });
      const dispatcher = world.agent();
      const factories: unknown[] = [];
      const chunks: Buffer[] = [];
      const result = await world.undici.stream<Buffer[]>(
        url,
        { dispatcher, method: 'GET', opaque: chunks },
        (data) => {
          factories.push({ ...data });
          return new Writable({
            write: (chunk: Buffer, _, done) => {
              chunks.push(chunk);
              done();
            },
          });
        },
      );
      return { factories, body: Buffer.concat(chunks), trailers: result.trailers };
    },
    { shows: 'x-sum', core: true },
  );

  transparent(
    'stream whose factory throws',
    async (world) => {
      const url = await world.serve(everyField);
      const dispatcher = world.agent();
      const fail = (): Writable => {
        throw new Error('no disk');
      };
      return caught(world.undici.stream(url, { dispatcher, method: 'GET', opaque: null }, fail));
    },
    { shows: 'no disk', core: true },
  );

  transparent(
    'pipeline sends and receives',
    async (world) => {
      const url = await world.serve(echo);
      const dispatcher = world.agent();
      const heads: unknown[] = [];
      const duplex = world.undici.pipeline(
        url,
        { dispatcher, method: 'POST', opaque: 'o' },
        ({ body, ...head }) => {
          heads.push(head);
          return body.pipe(new PassThrough());
        },
      );
      duplex.write('pa');
      duplex.end('id');
      return { body: await buffer(duplex), heads };
    },
    { shows: 'paid', core: true },
  );

  transparent(
    'pipeline that cannot connect',
    async (world) => {
      const url = await world.nowhere();
      const dispatcher = world.agent();
      const duplex = world.undici.pipeline(url, { dispatcher, method: 'POST' }, ({ body }) => body);
      duplex.end('paid');
      const [error] = (await once(duplex, 'error')) as unknown[];
      return { error, destroyed: duplex.destroyed };
    },
    { shows: 'ECONNREFUSED', core: true, noRetry: 'a POST is never sent again' },
  );

  transparent(
    'dispatch calls a handler written by hand in its order',
    async (world) => {
      const origin = await world.serve(
        afterBody((body, _, response) => {
          response.writeEarlyHints({ link: '</a.css>; rel=preload' });
          response.writeHead(200, 'Yes', ['X-A', '1', 'x-a', '2', 'Trailer', 'X-Sum']);
          response.write(body);
          response.addTrailers([['X-Sum', '4']]);
          response.end();
        }),
      );
      const options = { origin, path: '/', method: 'POST', body: 'paid' } as const;
      return taped(world.agent(), options);
    },
    { shows: /103[^]*onResponseData[^]*onResponseEnd/, core: true },
  );

  transparent(
    'fetch of this undici',
    async (world) => {
      const url = await world.serve(everyField);
      const dispatcher = world.agent();
      return wholeFetch(await world.undici.fetch(url, { dispatcher, headers: { 'X-Case': '1' } }));
    },
    { shows: 'Fine And Dandy', core: true },
  );
});
