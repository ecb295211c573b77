import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from 'vitest';
import { whole, wholeFetch } from './support/read.ts';
import { afterBody } from './support/replies.ts';
import { transparent } from './support/transparent.ts';
import { caught, type Undici, type World } from './support/world.ts';

type Body = NonNullable<NonNullable<Parameters<Undici['request']>[1]>['body']> | null;
type FetchInit = NonNullable<Parameters<Undici['fetch']>[1]>;

/** Answers with the number of bytes; the server's record has the bytes themselves. */
const counting = afterBody((body, request, response) => {
  response.end(`${request.method} ${body.length}`);
});

const sent = async (world: World, body: Body, headers = {}): Promise<object> => {
  const url = await world.serve(counting);
  const dispatcher = world.agent();
  return whole(await world.undici.request(url, { dispatcher, method: 'PUT', body, headers }));
};

const fetched = async (world: World, init: FetchInit): Promise<object> => {
  const url = await world.serve(counting);
  const dispatcher = world.agent();
  return wholeFetch(await world.undici.fetch(url, { dispatcher, method: 'POST', ...init }));
};

async function* chunks(): AsyncGenerator<Buffer> {
  yield Buffer.from('pa');
  yield Buffer.from('id');
}

describe('the bodies that request sends', () => {
  const view = new Uint8Array(Buffer.from('unpaid!')).subarray(2, 6);

  transparent('a string', (world) => sent(world, 'caf\u00e9'), { shows: 'PUT 5', core: true });
  transparent('a Buffer', (world) => sent(world, Buffer.from('paid')), { shows: 'PUT 4' });
  transparent('a view of a part of a buffer', (world) => sent(world, view), { shows: 'PUT 4' });
  transparent('an empty string', (world) => sent(world, ''), { shows: 'content-length: 0' });
  transparent('no body where one is usual', (world) => sent(world, null), {
    shows: 'content-length: 0',
  });
  transparent('a Node stream', (world) => sent(world, Readable.from(chunks())), {
    shows: /chunked.*paid|chunked.*pa.*id/,
    core: true,
  });
  transparent(
    'a Node stream of a length that is known',
    (world) => sent(world, Readable.from(chunks()), { 'content-length': '4' }),
    { shows: /content-length: 4.*paid/ },
  );
  transparent('an asynchronous generator', (world) => sent(world, chunks() as never), {
    shows: /chunked.*pa.*id/,
    core: true,
  });
  transparent(
    'a synchronous iterable',
    (world) => sent(world, [Buffer.from('pa'), Buffer.from('id')] as never),
    { shows: /chunked.*pa.*id/ },
  );
  transparent('a Blob', (world) => sent(world, new Blob(['paid'], { type: 'text/x' }) as never), {
    shows: 'content-length: 4',
  });
  transparent(
    'a form with a file',
    async (world) => {
      const form = new world.undici.FormData();
      form.set('sum', '4');
      form.set('bill', new File(['paid'], 'bill.txt', { type: 'text/plain' }));
      // The boundary is drawn by lot.
      const url = await world.serve(
        afterBody((body, { headers }, response) => {
          const type = String(headers['content-type']);
          const boundary = type.slice(type.indexOf('=') + 1);
          response.end(`${type}\n${body.toString()}`.replaceAll(boundary, 'BOUNDARY'));
        }),
      );
      const dispatcher = world.agent();
      world.withoutServers();
      return whole(await world.undici.request(url, { dispatcher, method: 'POST', body: form }));
    },
    { shows: 'bill.txt', core: true },
  );
  transparent(
    'a stream that fails half-way',
    async (world) => {
      const failing = Readable.from(
        (async function* fail() {
          yield 'pa';
          await sleep(1);
          throw new TypeError('disk broke');
        })(),
      );
      world.withoutServers();
      const error = await caught(sent(world, failing));
      return { error, destroyed: failing.destroyed, listeners: failing.listenerCount('error') };
    },
    { shows: 'disk broke', core: true },
  );
  transparent(
    'an iterable that fails half-way',
    async (world) => {
      world.withoutServers();
      const failing = (async function* fail() {
        yield 'pa';
        await sleep(1);
        throw new TypeError('disk broke');
      })();
      return caught(sent(world, failing as never));
    },
    { shows: 'disk broke', core: true },
  );
  transparent(
    'a stream for a server that cannot be reached',
    async (world) => {
      const dispatcher = world.agent();
      const body = Readable.from(chunks());
      const options = { dispatcher, method: 'PUT', body } as const;
      const error = await caught(world.undici.request(await world.nowhere(), options));
      return { error, destroyed: body.destroyed, listeners: body.listenerCount('error') };
    },
    { shows: /ECONNREFUSED[^]*destroyed: true/, core: true },
  );
  transparent(
    'an answer before the body is whole, and then the end of the connection',
    async (world) => {
      world.withoutServers();
      const url = await world.serve((_, response) => {
        response.writeHead(413, { connection: 'close' }).end('too large');
      });
      const body = Readable.from(
        (async function* endless() {
          for (let chunk = 0; chunk < 50; chunk++) {
            yield Buffer.alloc(1_000);
            await sleep(1);
          }
        })(),
      );
      const options = { dispatcher: world.agent(), method: 'PUT', body } as const;
      return whole(await world.undici.request(url, options));
    },
    { shows: 'too large', core: true },
  );
  transparent(
    'a stream longer than it said',
    async (world) => {
      world.withoutServers();
      return caught(sent(world, Readable.from(chunks()), { 'content-length': '3' }));
    },
    { shows: 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH' },
  );
});

describe('the bodies that fetch sends', () => {
  transparent('a string', (world) => fetched(world, { body: 'caf\u00e9' }), {
    shows: 'POST 5',
    core: true,
  });
  transparent(
    'the parameters of a URL',
    (world) => fetched(world, { body: new URLSearchParams({ sum: '4 €' }) }),
    { shows: 'application/x-www-form-urlencoded' },
  );
  transparent(
    'a Blob with its type',
    (world) => fetched(world, { body: new Blob(['paid'], { type: 'text/x' }) }),
    { shows: 'text/x' },
  );
  transparent(
    'a web stream',
    (world) => fetched(world, { body: ReadableStream.from(chunks()) as never, duplex: 'half' }),
    { shows: /chunked.*pa.*id/, core: true },
  );
  transparent(
    'a web stream that fails half-way',
    async (world) => {
      world.withoutServers();
      const failing = new ReadableStream({
        pull: async (controller) => {
          await sleep(1);
          controller.error(new TypeError('disk broke'));
        },
      });
      return caught(fetched(world, { body: failing as never, duplex: 'half' }));
    },
    { shows: 'fetch failed' },
  );
});
