import { Readable } from 'node:stream';
import { describe } from 'vitest';
import type { Dispatcher } from 'undici';
import { STARTED_AT_ONCE } from './support/deliberate.ts';
import { afterBody, ok } from './support/replies.ts';
import { Tape, taped } from './support/tape.ts';
import { transparent } from './support/transparent.ts';
import { caught, until } from './support/world.ts';

type Handler = Dispatcher.DispatchHandler;

const answer = afterBody((body, _, response) => response.end(body));

/** A handler that throws when it hears this. */
const throwing = (event: keyof Handler): Tape =>
  new Tape({
    [event]: () => {
      throw new RangeError(`no ${event}`);
    },
  });

/** A handler that aborts when it hears this. */
const aborting = (event: keyof Handler): Tape =>
  new Tape({
    [event]: (controller: Dispatcher.DispatchController) => controller.abort(new Error('enough')),
  });

const endless = (_: unknown, response: { write: (chunk: string) => unknown }): void =>
  void response.write('endless');

describe('the events of a handler', () => {
  const bodies = { 'a string': () => 'paid', 'a stream': () => Readable.from(['pa', 'id']) };
  for (const [name, body] of Object.entries(bodies))
    transparent(
      `all of them, for the body of ${name}`,
      async (world) => {
        const origin = await world.serve(answer);
        const options = { origin, path: '/', method: 'PUT', body: body() } as const;
        return taped(world.agent(), options);
      },
      {
        shows:
          /onRequestStart[^]*onBodySent[^]*onRequestSent[^]*onResponseStarted[^]*onResponseEnd/,
        core: true,
        notOn7: 'its handlers never hear what was sent',
      },
    );

  transparent(
    'an error without a connection',
    async (world) =>
      taped(world.agent(), { origin: await world.nowhere(), path: '/', method: 'GET' }),
    {
      shows: 'ECONNREFUSED',
      core: true,
      differs: STARTED_AT_ONCE,
      noRetry: 'an error without a connection is worth a further attempt',
    },
  );

  for (const event of ['onResponseStart', 'onResponseData', 'onResponseEnd'] as const)
    transparent(
      `a handler that throws in ${event}`,
      async (world) => {
        world.withoutServers();
        const origin = await world.serve(ok());
        const options = { origin, path: '/', method: 'GET' } as const;
        return taped(world.agent(), options, throwing(event));
      },
      {
        shows: event === 'onResponseEnd' ? 'onResponseEnd' : `no ${event}`,
        core: true,
        noRetry: 'what the caller broke is its own',
      },
    );

  for (const event of ['onResponseStart', 'onResponseData'] as const)
    transparent(
      `a handler that aborts in ${event}`,
      async (world) => {
        world.withoutServers();
        const origin = await world.serve(endless);
        const options = { origin, path: '/', method: 'GET' } as const;
        return taped(world.agent(), options, aborting(event));
      },
      { shows: 'enough', core: true },
    );

  transparent(
    'a handler that aborts twice, and once more after the end',
    async (world) => {
      world.withoutServers();
      const origin = await world.serve(endless);
      const tape = new Tape();
      world.agent().dispatch({ origin, path: '/', method: 'GET' }, tape);
      await until(() => tape.events.some(([name]) => name === 'onResponseStart'));
      for (const reason of ['first', 'second']) tape.controller?.abort(new Error(reason));
      await tape.done;
      tape.controller?.abort(new Error('late'));
      const { aborted, reason } = tape.controller ?? {};
      return [tape.events, { aborted, reason }];
    },
    { shows: 'first', core: true },
  );

  transparent(
    'an abort after a response that was whole',
    async (world) => {
      const origin = await world.serve(ok());
      const tape = new Tape();
      const dispatcher = world.agent({ connections: 1 });
      await taped(dispatcher, { origin, path: '/', method: 'GET' }, tape);
      tape.controller?.abort(new Error('late'));
      const again = await taped(dispatcher, { origin, path: '/', method: 'GET' });
      return [tape.events, again];
    },
    { shows: 'onResponseEnd', core: true },
  );

  transparent(
    'one controller from the first event to the last',
    async (world) => {
      const origin = await world.serve(ok());
      const met = new Set<unknown>();
      const meet = (controller: unknown): void => void met.add(controller);
      const also = { onRequestStart: meet, onResponseStart: meet, onResponseData: meet };
      const tape = new Tape({ ...also, onResponseEnd: meet });
      await taped(world.agent(), { origin, path: '/', method: 'GET' }, tape);
      return met.size;
    },
    { shows: 'caller: 1', core: true },
  );

  transparent(
    'an interceptor of theirs that rewrites raw headers and trailers',
    async (world) => {
      const origin = await world.serve(ok());
      const rewriting = new Tape({
        onResponseStart: (controller) => {
          controller.rawHeaders = ['X-Rewritten', 'yes'];
          controller.rawTrailers = ['X-Sum', '4'];
        },
      });
      await taped(world.agent(), { origin, path: '/', method: 'GET' }, rewriting);
      return [rewriting.events, rewriting.controller?.rawHeaders];
    },
    { shows: 'X-Rewritten', core: true, noRetry: 'what the caller broke is its own' },
  );

  transparent(
    'what dispatch answers while the dispatcher is free and busy',
    async (world) => {
      const origin = await world.serve(ok());
      const { Client } = world.undici;
      const dispatcher = world.through(new Client(origin, { pipelining: 1 }));
      const tapes = [new Tape(), new Tape(), new Tape()];
      const free = tapes.map((tape) => dispatcher.dispatch({ path: '/', method: 'GET' }, tape));
      let drained = 0;
      dispatcher.on('drain', () => (drained += 1));
      await Promise.all(tapes.map((tape) => tape.done));
      await until(() => drained > 0);
      return { free, drained, events: tapes.map((tape) => tape.events) };
    },
    { shows: 'free > 0: false', core: true },
  );
});

describe('what is no handler or no request', () => {
  const handlers = { 'no handler': undefined, 'a text': 'handler', 'an empty object': {} };
  for (const [name, handler] of Object.entries(handlers))
    transparent(
      `a handler that is ${name}`,
      async (world) => {
        const origin = await world.serve(ok());
        const dispatcher = world.agent();
        const options = { origin, path: '/', method: 'GET' } as const;
        return caught(() => dispatcher.dispatch(options, handler as Handler));
      },
      { shows: 'UND_ERR_INVALID_ARG', notOn7: 'its compose trips over them' },
    );

  for (const [name, options] of Object.entries({ undefined, 'a text': 'options' }))
    transparent(
      `options that are ${name}`,
      async (world) => taped(world.agent(), options as never),
      { shows: 'UND_ERR_INVALID_ARG' },
    );
});
