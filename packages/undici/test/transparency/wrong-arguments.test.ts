import { describe } from 'vitest';
import type { Dispatcher } from 'undici';
import { STARTED_AT_ONCE } from './support/deliberate.ts';
import { ok } from './support/replies.ts';
import { taped } from './support/tape.ts';
import { transparent } from './support/transparent.ts';
import { caught } from './support/world.ts';

type Options = Partial<Dispatcher.DispatchOptions> & object;

describe('wrong arguments are the same error', () => {
  const wrong: Record<string, Options> = {
    'a path without a slash': { path: 'bill' },
    'a path with a line break': { path: '/a\nb' },
    'no method': { method: 7 as never },
    'a method with a space': { method: 'GET /' },
    'a name of a header': { headers: { 'a b': '1' } },
    'a value of a header': { headers: { a: '1\n2' } },
    'headers that are a text': { headers: 'a: 1' as never },
    'a list of headers that is odd': { headers: ['a'] },
    'a body that is a number': { method: 'PUT', body: 7 as never },
    'a timeout that is negative': { bodyTimeout: -1 },
    throwOnError: { throwOnError: true } as never,
    maxRedirections: { maxRedirections: 3 } as never,
    'a reset that is a text': { reset: 'yes' as never },
    'an upgrade that is a number': { upgrade: 7 as never },
    'Expect: 100-continue over HTTP/1.1': { headers: { expect: '100-continue' } },
  };
  for (const [name, options] of Object.entries(wrong))
    transparent(
      name,
      async (world) => {
        const origin = await world.serve(ok());
        const dispatcher = world.agent();
        const all = { origin, path: '/', method: 'GET', ...options } as Dispatcher.DispatchOptions;
        const request = await caught(dispatcher.request(all));
        return { request, events: await taped(dispatcher, all) };
      },
      {
        shows: /UND_ERR_(INVALID_ARG|NOT_SUPPORTED)|TypeError/,
        core: true,
        differs: STARTED_AT_ONCE,
      },
    );

  transparent(
    'a signal, an onInfo and an opaque that are none',
    async (world) => {
      const url = await world.serve(ok());
      const dispatcher = world.agent();
      const { request } = world.undici;
      return [
        await caught(request(url, { dispatcher, signal: 'no' as never })),
        await caught(request(url, { dispatcher, onInfo: 'no' as never })),
        await caught(request(url, { dispatcher, highWaterMark: -1 })),
        await caught(world.undici.fetch('no address', { dispatcher })),
      ];
    },
    { shows: 'UND_ERR_INVALID_ARG' },
  );
});
