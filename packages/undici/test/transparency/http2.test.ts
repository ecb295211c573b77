import { Readable } from 'node:stream';
import type { ServerHttp2Stream } from 'node:http2';
import { describe } from 'vitest';
import type { Dispatcher } from 'undici';
import { whole, wholeFetch } from './support/read.ts';
import { taped } from './support/tape.ts';
import { transparent } from './support/transparent.ts';
import { caught, until, type World } from './support/world.ts';

type Fields = Record<string, string | string[]>;
type Answer = (stream: ServerHttp2Stream, path: string) => void;

const answering = (world: World, answer: Answer): Promise<string> =>
  world.serveHttp2((server) => {
    server.on('stream', (stream, headers) =>
      answer(stream as ServerHttp2Stream, String(headers[':path'])),
    );
  });

/** Answers 200, without a date. */
const respond = (stream: ServerHttp2Stream, fields: Fields = {}, options: object = {}): void => {
  const dateless: object = { sendDate: false, ...options };
  stream.respond({ ':status': 200, ...fields }, dateless);
};

const over2 = (world: World): Dispatcher =>
  world.agent({ connections: 1, allowH2: true, connect: { rejectUnauthorized: false } });

/** Without a date, and after the request's own body. */
const paid: Answer = (stream) => {
  stream.on('end', () => {
    respond(stream, { 'x-a': ['1', '2'], 'set-cookie': ['a=1', 'b=2'] });
    stream.end('paid');
  });
};

describe('HTTP/2', () => {
  transparent(
    'request, fetch and dispatch share one session',
    async (world) => {
      const origin = await answering(world, paid);
      const dispatcher = over2(world);
      return [
        await whole(await world.undici.request(`${origin}/a?b=1`, { dispatcher })),
        await wholeFetch(await world.undici.fetch(origin, { dispatcher })),
        await taped(dispatcher, { origin, path: '/', method: 'GET' }),
      ];
    },
    { shows: 'connections: 1', core: true },
  );
  transparent(
    'bodies of each kind',
    async (world) => {
      const origin = await answering(world, paid);
      const dispatcher = over2(world);
      const post = async (body: unknown): Promise<object> =>
        whole(
          await world.undici.request(origin, { dispatcher, method: 'POST', body: body as string }),
        );
      const form = new URLSearchParams({ sum: '4' }).toString();
      return [
        await post('pa'),
        await post(Buffer.from('id')),
        await post(Readable.from(['pa', 'id'])),
        await post(form),
      ];
    },
    { shows: 'sum=4', core: true },
  );
  transparent(
    '103 and trailers',
    async (world) => {
      const origin = await answering(world, (stream) => {
        stream.additionalHeaders({ ':status': 103, link: '</a.css>; rel=preload' });
        respond(stream, {}, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '4' }));
        stream.end('paid');
      });
      const infos: unknown[] = [];
      const onInfo = (info: unknown): unknown => infos.push(info);
      const dispatcher = over2(world);
      const response = await world.undici.request(origin, { dispatcher, onInfo });
      return [
        await whole(response),
        infos,
        await taped(dispatcher, { origin, path: '/', method: 'GET' }),
      ];
    },
    { shows: /x-sum/, core: true },
  );
  transparent(
    '100-continue',
    async (world) => {
      const origin = await world.serveHttp2((server) => {
        server.on('request', () => undefined); // without it no event comes
        server.on('checkContinue', (request, response) => {
          response.writeContinue();
          response.sendDate = false;
          request.on('end', () => response.end('went on')).resume();
        });
      });
      const options = { dispatcher: over2(world), method: 'POST', body: 'paid' } as const;
      return whole(await world.undici.request(origin, { ...options, expectContinue: true }));
    },
    { shows: 'went on' },
  );
  transparent(
    'twenty streams at once',
    async (world) => {
      const origin = await answering(world, (stream, path) => {
        respond(stream);
        stream.end(path);
      });
      const dispatcher = over2(world);
      await whole(await world.undici.request(origin, { dispatcher })); // opens the session
      const calls = Array.from({ length: 20 }, async (_, index) =>
        whole(await world.undici.request(`${origin}/${index}`, { dispatcher })),
      );
      return Promise.all(calls);
    },
    { shows: /"\/19"[^]*connections: 1/, core: true },
  );
  transparent(
    'a large body, read slowly',
    async (world) => {
      const large = Buffer.alloc(4 * 1024 * 1024, 'each byte counts. ');
      const origin = await answering(world, (stream) => {
        respond(stream);
        stream.end(large);
      });
      const { body } = await world.undici.request(origin, { dispatcher: over2(world) });
      const chunks: Buffer[] = [];
      for await (const chunk of body) {
        chunks.push(chunk as Buffer);
        await new Promise(setImmediate);
      }
      return Buffer.concat(chunks);
    },
    { shows: `${4 * 1024 * 1024} bytes, sha256` },
  );
  for (const when of ['before', 'after'])
    transparent(
      `a stream that is reset ${when} its headers`,
      async (world) => {
        const origin = await answering(world, (stream) => {
          if (when === 'after') respond(stream);
          const reset = (): unknown => stream.destroy(new Error('broke'));
          if (when === 'after') stream.write('pa', () => setTimeout(reset, 10));
          else reset();
        });
        const dispatcher = over2(world);
        return [
          await caught(async () => whole(await world.undici.request(origin, { dispatcher }))),
          await caught(async () => wholeFetch(await world.undici.fetch(origin, { dispatcher }))),
        ];
      },
      { shows: 'ERR_HTTP2_STREAM_ERROR', noRetry: 'a reset is worth a further attempt' },
    );
  transparent(
    'a caller that aborts in the middle',
    async (world) => {
      let closed = 0;
      const origin = await answering(world, (stream) => {
        stream.on('close', () => (closed += 1));
        respond(stream);
        stream.write('endless');
      });
      const controller = new AbortController();
      const options = { dispatcher: over2(world), signal: controller.signal };
      const { body } = await world.undici.request(origin, options);
      const text = caught(body.text());
      controller.abort(new Error('enough'));
      const error = await text;
      await until(() => closed === 1);
      return [error, closed];
    },
    { shows: 'enough', core: true },
  );
  transparent(
    'a certificate that is not trusted',
    async (world) => {
      const url = await answering(world, paid);
      const dispatcher = world.agent({ allowH2: true });
      return [
        await caught(world.undici.request(url, { dispatcher })),
        await caught(world.undici.fetch(url, { dispatcher })),
      ];
    },
    { shows: 'DEPTH_ZERO_SELF_SIGNED_CERT', core: true },
  );
});
