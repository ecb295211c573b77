import type { RequestListener } from 'node:http';
import { describe } from 'vitest';
import { STARTED_AT_ONCE } from './support/deliberate.ts';
import { whole, wholeFetch } from './support/read.ts';
import { ok } from './support/replies.ts';
import { taped } from './support/tape.ts';
import { transparent } from './support/transparent.ts';
import { caught, type World } from './support/world.ts';

const NO_RETRY = 'the error would be met with a further attempt';

/** What request, fetch and a handler of one's own make of a failing server. */
const three = async (world: World, origin: string): Promise<object> => {
  const dispatcher = world.agent();
  const request = async (): Promise<unknown> =>
    whole(await world.undici.request(origin, { dispatcher }));
  const fetch = async (): Promise<unknown> =>
    wholeFetch(await world.undici.fetch(origin, { dispatcher }));
  const seen = { request: await caught(request), fetch: await caught(fetch) };
  return { ...seen, dispatch: await taped(dispatcher, { origin, path: '/', method: 'GET' }) };
};

describe('failures of the server', () => {
  const failing: Record<string, [RequestListener, RegExp]> = {
    'a connection closed before the headers': [
      ({ socket }) => socket.destroy(),
      /other side closed/,
    ],
    'a connection reset before the headers': [
      ({ socket }) => socket.resetAndDestroy(),
      /ECONNRESET|UND_ERR_SOCKET/,
    ],
    'a connection closed in the middle of the body': [
      (_, response) => {
        response.writeHead(200, { 'content-length': 9 }).write('half');
        setTimeout(() => response.destroy(), 10);
      },
      /terminated/,
    ],
    'a chunk that is not one': [
      ({ socket }) => {
        socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot a chunk\r\n');
      },
      /HTTPParserError|HPE_/,
    ],
    'no HTTP at all': [
      ({ socket }) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'),
      /HTTPParserError|HPE_/,
    ],
    'headers that are too large': [
      (_, response) => response.writeHead(200, { 'x-large': 'a'.repeat(20_000) }).end(),
      /UND_ERR_HEADERS_OVERFLOW/,
    ],
  };
  for (const [name, [listener, shows]] of Object.entries(failing))
    transparent(name, async (world) => three(world, await world.serve(listener)), {
      shows,
      core: true,
      noRetry: NO_RETRY,
    });

  transparent(
    'a response larger than allowed',
    async (world) => {
      world.withoutServers();
      const url = await world.serve(ok('a'.repeat(10_000)));
      const dispatcher = world.agent({ maxResponseSize: 100 });
      return caught(async () => whole(await world.undici.request(url, { dispatcher })));
    },
    { shows: 'UND_ERR_RES_EXCEEDED_MAX_SIZE', noRetry: NO_RETRY },
  );
  transparent('nobody listens', async (world) => three(world, await world.nowhere()), {
    shows: 'ECONNREFUSED',
    core: true,
    noRetry: NO_RETRY,
    differs: STARTED_AT_ONCE,
  });
});
