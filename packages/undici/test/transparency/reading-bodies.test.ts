import { text } from 'node:stream/consumers';
import { describe } from 'vitest';
import { ok } from './support/replies.ts';
import { transparent } from './support/transparent.ts';
import { caught, until } from './support/world.ts';

describe('each way to read a body', () => {
  const methods = ['json', 'text', 'arrayBuffer', 'bytes', 'blob'] as const;
  const json = ok('{"paid":true}');

  for (const method of methods)
    transparent(
      `${method} of request and of fetch`,
      async (world) => {
        const url = await world.serve(json);
        const dispatcher = world.agent();
        const first = await world.undici.request(url, { dispatcher });
        const second = await world.undici.fetch(url, { dispatcher });
        const read = [await first.body[method](), await second[method]()];
        return {
          read,
          again: [
            await caught(async () => first.body.text()),
            await caught(async () => second.text()),
          ],
        };
      },
      { shows: 'again > 0 > message' },
    );

  transparent(
    'dump of a body, which leaves its connection open',
    async (world) => {
      const url = await world.serve(ok('a'.repeat(50_000)));
      const dispatcher = world.agent({ connections: 1 });
      const seen: unknown[] = [];
      for (const limit of [1_000_000, 128_000]) {
        const { body } = await world.undici.request(url, { dispatcher });
        await body.dump({ limit });
        seen.push(body.destroyed, body.bodyUsed);
      }
      return seen;
    },
    { shows: 'servers > 0: Array of 1' },
  );
  transparent(
    'asynchronous iteration, with an encoding',
    async (world) => {
      const url = await world.serve(ok('caf\u00e9'));
      const { body } = await world.undici.request(url, { dispatcher: world.agent() });
      body.setEncoding('utf8');
      let read = '';
      for await (const chunk of body) read += String(chunk);
      return { read, used: body.bodyUsed, destroyed: body.destroyed };
    },
    { shows: 'caf\u00e9', core: true },
  );
  transparent(
    'a web stream of a body',
    async (world) => {
      const url = await world.serve(ok());
      const { body } = await world.undici.request(url, { dispatcher: world.agent() });
      return text(body.body as never);
    },
    { shows: 'caller: "paid"' },
  );
  transparent(
    'a body that is destroyed early',
    async (world) => {
      world.withoutServers();
      let closed = 0;
      const url = await world.serve((_, response) => {
        response
          .on('close', () => (closed += 1))
          .writeHead(200)
          .write('endless');
      });
      const { body } = await world.undici.request(url, { dispatcher: world.agent() });
      const errors: unknown[] = [];
      body.on('error', (error) => errors.push(error)).destroy();
      await until(() => closed === 1 && body.closed);
      return { errors, closed, destroyed: body.destroyed };
    },
    { shows: 'closed: 1', core: true },
  );
  transparent(
    'a loop over a body that is left early',
    async (world) => {
      world.withoutServers();
      let closed = false;
      const url = await world.serve((_, response) => {
        response
          .on('close', () => (closed = true))
          .writeHead(200)
          .write('endless');
      });
      const { body } = await world.undici.request(url, { dispatcher: world.agent() });
      for await (const chunk of body) if (String(chunk).length > 0) break;
      await until(() => closed);
      return { closed, destroyed: body.destroyed };
    },
    { shows: 'closed: true' },
  );
  transparent(
    'fetch whose body is cancelled',
    async (world) => {
      world.withoutServers();
      let closed = false;
      const url = await world.serve((_, response) => {
        response
          .on('close', () => (closed = true))
          .writeHead(200)
          .write('endless');
      });
      const response = await world.undici.fetch(url, { dispatcher: world.agent() });
      await response.body?.cancel();
      await until(() => closed);
      return { closed, used: response.bodyUsed };
    },
    { shows: 'closed: true' },
  );
});
