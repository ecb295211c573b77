import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from 'vitest';
import { NEVER_SENT } from './support/deliberate.ts';
import { whole } from './support/read.ts';
import { ok } from './support/replies.ts';
import { transparent } from './support/transparent.ts';
import { caught, until } from './support/world.ts';

const NO_RETRY = 'the error would be met with a further attempt';

describe('requests that are given up', () => {
  for (const kind of ['AbortSignal', 'EventEmitter'])
    transparent(
      `before the headers, by an ${kind}`,
      async (world) => {
        world.withoutServers();
        const controller = new AbortController();
        const emitter = new EventEmitter();
        const url = await world.serve(() => {
          controller.abort(new RangeError('enough'));
          emitter.emit('abort');
        });
        const signal = kind === 'AbortSignal' ? controller.signal : emitter;
        const error = await caught(
          world.undici.request(url, { dispatcher: world.agent(), signal }),
        );
        return { error, left: emitter.listenerCount('abort') };
      },
      { shows: /enough|UND_ERR_ABORTED/, core: true },
    );
  transparent(
    'in the middle of the body, by request and fetch',
    async (world) => {
      world.withoutServers();
      const url = await world.serve((_, response) => void response.write('endless'));
      const dispatcher = world.agent();
      const seen: unknown[] = [];
      for (const call of [world.undici.request, world.undici.fetch]) {
        const controller = new AbortController();
        const { body } = await call(url, { dispatcher, signal: controller.signal });
        const read = caught(new Response(body as never).text());
        controller.abort(new RangeError('enough'));
        seen.push(await read);
      }
      return seen;
    },
    { shows: /enough/, core: true },
  );
  transparent(
    'by AbortSignal.timeout',
    async (world) => {
      world.withoutServers();
      const url = await world.serve(() => undefined);
      const dispatcher = world.agent();
      const options = { dispatcher, signal: AbortSignal.timeout(20) };
      const request = await caught(world.undici.request(url, options));
      const init = { dispatcher, signal: AbortSignal.timeout(20) };
      return [request, await caught(world.undici.fetch(url, init))];
    },
    { shows: 'TimeoutError', core: true },
  );
  transparent(
    'before they began',
    async (world) => {
      const url = await world.serve(ok());
      const dispatcher = world.agent();
      const signal = AbortSignal.abort(new RangeError('enough'));
      const request = await caught(world.undici.request(url, { dispatcher, signal }));
      const fetched = await caught(world.undici.fetch(url, { dispatcher, signal }));
      const { length } = EventEmitter.getEventListeners(signal, 'abort');
      await sleep(5);
      return { request, fetched, length };
    },
    { shows: 'enough', core: true, differs: NEVER_SENT },
  );
});

describe('a signal that is never used', () => {
  transparent(
    'has no listener left, by request, stream and fetch',
    async (world) => {
      const url = await world.serve(ok());
      const dispatcher = world.agent();
      const { signal } = new AbortController();
      const emitter = new EventEmitter();
      await whole(await world.undici.request(url, { dispatcher, signal }));
      await whole(await world.undici.request(url, { dispatcher, signal: emitter }));
      await world.undici.stream(url, { dispatcher, signal, method: 'GET' }, () =>
        new PassThrough().resume(),
      );
      const left = EventEmitter.getEventListeners(signal, 'abort').length;
      return { left, ofEmitter: emitter.listenerCount('abort') };
    },
    { shows: 'left: 0', core: true },
  );
});

describe('dispatchers that are closed', () => {
  for (const [end, shows] of Object.entries({ close: 'ERR_CLOSED', destroy: 'ERR_DESTROYED' }))
    transparent(
      `${end} before the request`,
      async (world) => {
        const url = await world.serve(ok());
        const dispatcher = world.agent();
        const ended = dispatcher[end as 'close']();
        const errors = [
          await caught(world.undici.request(url, { dispatcher })),
          await caught(world.undici.fetch(url, { dispatcher })),
        ];
        await ended;
        return [
          errors,
          {
            closed: Reflect.get(dispatcher, 'closed'),
            destroyed: Reflect.get(dispatcher, 'destroyed'),
          },
        ];
      },
      { shows: `UND_${shows}`, core: true },
    );
  transparent(
    'destroy while a response is awaited, with an error',
    async (world) => {
      world.withoutServers();
      let arrived = false;
      const url = await world.serve(() => (arrived = true));
      const dispatcher = world.agent();
      const error = caught(world.undici.request(url, { dispatcher }));
      await until(() => arrived);
      await dispatcher.destroy(new RangeError('power cut'));
      return error;
    },
    { shows: 'power cut', core: true, noRetry: NO_RETRY },
  );
  transparent(
    'close waits for what is under way',
    async (world) => {
      const url = await world.serve(
        (_, response) => void setTimeout(() => response.end('paid'), 20),
      );
      const dispatcher = world.agent();
      const order: unknown[] = [];
      const response = world.undici.request(url, { dispatcher }).then(whole);
      const closed = dispatcher.close().then(() => order.push('closed'));
      order.push(await response);
      await closed;
      return order;
    },
    { shows: 'closed', core: true },
  );
});
