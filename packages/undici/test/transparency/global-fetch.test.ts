import { gzipSync } from 'node:zlib';
import * as undici8 from 'undici';
import { describe } from 'vitest';
import { wholeFetch } from './support/read.ts';
import { afterBody, echo, everyField, ok } from './support/replies.ts';
import { transparent, type Run } from './support/transparent.ts';
import { caught, type World } from './support/world.ts';

// The fetch of Node itself, as most people call it: through the dispatcher that is set for all.

const NOT_ON_7 = 'Node 26 does not ask it for the dispatcher';

const everywhere = (world: World): void => {
  const before = undici8.getGlobalDispatcher();
  world.afterwards(() => undici8.setGlobalDispatcher(before));
  undici8.setGlobalDispatcher(world.agent());
};

const globally = (title: string, run: Run, shows: string | RegExp, noRetry?: string): void =>
  transparent(
    title,
    (world) => {
      everywhere(world);
      return run(world);
    },
    { shows, core: true, notOn7: NOT_ON_7, ...(noRetry === undefined ? {} : { noRetry }) },
  );

describe('the fetch of Node', () => {
  globally(
    'every field of a response',
    async (world) => wholeFetch(await fetch(await world.serve(everyField))),
    'Fine And Dandy',
  );
  globally(
    'bodies that it sends',
    async (world) => {
      const url = await world.serve(echo);
      const bodies = [
        'paid',
        Buffer.from('paid'),
        new URLSearchParams({ sum: '4' }),
        new Blob(['paid']),
      ];
      const seen: unknown[] = [];
      for (const body of bodies)
        seen.push(await wholeFetch(await fetch(url, { method: 'POST', body })));
      return seen;
    },
    'sum=4',
  );
  globally(
    'a stream that it sends',
    async (world) => {
      const url = await world.serve(afterBody((body, _, response) => response.end(body)));
      const body = new Blob(['pa', 'id']).stream();
      return wholeFetch(await fetch(url, { method: 'POST', body, duplex: 'half' }));
    },
    'chunked',
  );
  globally(
    'gzip, a redirect and a second hop to another origin',
    async (world) => {
      const other = await world.serve((_, response) => {
        response.setHeader('content-encoding', 'gzip').end(gzipSync('paid'));
      });
      const url = await world.serve((_, response) =>
        response.writeHead(302, { location: other }).end(),
      );
      return wholeFetch(await fetch(url, { headers: { authorization: 'Basic x', 'X-Own': '1' } }));
    },
    /redirected: true[^]*bytes "paid"/,
  );
  globally(
    'a large body',
    async (world) => wholeFetch(await fetch(await world.serve(ok(Buffer.alloc(1_000_000, 'ab'))))),
    '1000000 bytes, sha256',
  );
  globally(
    '503, and an error without a connection',
    async (world) => {
      const url = await world.serve((_, response) => response.writeHead(503).end('busy'));
      return [await wholeFetch(await fetch(url)), await caught(fetch(await world.nowhere()))];
    },
    /busy[^]*ECONNREFUSED/,
    'both would be met with a further attempt',
  );
  globally(
    'aborts: before the headers, in the middle of the body, before it began',
    async (world) => {
      world.withoutServers();
      const hanging = await world.serve(() => undefined);
      const endless = await world.serve((_, response) => void response.write('endless'));
      const controller = new AbortController();
      const { signal } = controller;
      const early = await caught(fetch(hanging, { signal: AbortSignal.timeout(20) }));
      const response = await fetch(endless, { signal });
      const read = caught(response.text());
      controller.abort(new RangeError('enough'));
      return [early, await read, await caught(fetch(hanging, { signal }))];
    },
    /TimeoutError[^]*enough/,
  );
});
