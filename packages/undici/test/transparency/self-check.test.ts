import { describe, expect, it } from 'vitest';
import * as undici from 'undici';
import type { Dispatcher } from 'undici';
import { whole } from './support/read.ts';
import { afterBody, everyField, ok } from './support/replies.ts';
import { Tape, taped } from './support/tape.ts';
import { seenBy, type Run } from './support/transparent.ts';
import { until, type Interceptor } from './support/world.ts';

// Interceptors that are not transparent, each in one way: the comparison has to see every one of them.

type Handler = Required<Dispatcher.DispatchHandler>;

/** An interceptor that passes all on, but for what it does otherwise. */
const but =
  (otherwise: (handler: Handler) => Partial<Handler>): Interceptor =>
  (dispatch) =>
  (options, handler) => {
    const { DecoratorHandler } = undici as unknown as {
      DecoratorHandler: new (h: unknown) => Handler;
    };
    const decorated = Object.assign(new DecoratorHandler(handler), {
      onResponseStarted: () => handler.onResponseStarted?.(), // undici's own forgets it
      ...otherwise(handler as Handler),
    });
    return dispatch(options, decorated);
  };

const answering = afterBody((_, __, response) => {
  response.writeHead(200, 'Yes', ['X-A', '1', 'x-b', '2', 'Trailer', 'X-Sum']);
  response.write('paid');
  response.addTrailers([['X-Sum', '4']]);
  response.end();
});

const dispatched: Run = async (world) => {
  const origin = await world.serve(answering);
  return taped(world.agent(), { origin, path: '/', method: 'PUT', body: 'bill' });
};

const requested: Run = async (world) => {
  const url = await world.serve(everyField);
  const dispatcher = world.agent();
  return whole(await world.undici.request(url, { dispatcher, responseHeaders: 'raw' }));
};

const pausing: Run = async (world) => {
  const origin = await world.serve(ok(Buffer.alloc(1_000_000)));
  const tape = new Tape({ onResponseStart: (controller) => controller.pause() });
  world.agent().dispatch({ origin, path: '/', method: 'GET' }, tape);
  await until(() => tape.controller !== undefined && tape.events.length > 2);
  const { paused } = tape.controller ?? {};
  tape.controller?.resume();
  await tape.done;
  return [paused, tape.events];
};

const swallow = (): void => undefined;

const FAULTS: Record<string, [Run, Interceptor]> = {
  'loses the text of a status': [
    requested,
    but((handler) => ({
      onResponseStart: (controller, status, fields) =>
        handler.onResponseStart(controller, status, fields, undefined),
    })),
  ],
  'loses the case of raw headers': [
    requested,
    but((handler) => ({
      onResponseStart: (controller, status, fields, text) => {
        controller.rawHeaders = (controller.rawHeaders as Buffer[]).map((each) =>
          Buffer.from(each.toString('latin1').toLowerCase(), 'latin1'),
        );
        handler.onResponseStart(controller, status, fields, text);
      },
    })),
  ],
  'loses the order of fields': [
    requested,
    but((handler) => ({
      onResponseStart: (controller, status, fields, text) => {
        (controller.rawHeaders as unknown[]).reverse();
        handler.onResponseStart(controller, status, fields, text);
      },
    })),
  ],
  'loses trailers': [
    dispatched,
    but((handler) => ({ onResponseEnd: (controller) => handler.onResponseEnd(controller, {}) })),
  ],
  'loses onBodySent': [dispatched, but(() => ({ onBodySent: swallow }))],
  'loses onRequestSent': [dispatched, but(() => ({ onRequestSent: swallow }))],
  'loses onResponseStarted': [dispatched, but(() => ({ onResponseStarted: swallow }))],
  'loses a byte of the body': [
    dispatched,
    but((handler) => ({
      onResponseData: (controller, chunk) => handler.onResponseData(controller, chunk.subarray(1)),
    })),
  ],
  'adds a field to the request': [
    requested,
    (dispatch) => (options, handler) =>
      dispatch({ ...options, headers: { 'x-own': '1' } }, handler),
  ],
  'sends the request twice': [
    requested,
    (dispatch) => (options, handler) => {
      const nobody = new Tape();
      dispatch(options, nobody);
      return dispatch(options, handler);
    },
  ],
  'does not pause': [
    pausing,
    but((handler) => ({
      onResponseStart: (controller, status, fields, text) => {
        const deaf = Object.create(controller, { pause: { value: swallow } }) as typeof controller;
        handler.onResponseStart(deaf, status, fields, text);
      },
    })),
  ],
};

describe('the comparison sees an interceptor that', () => {
  it.each(Object.entries(FAULTS))('%s', async (_, [run, faulty]) => {
    const without = await seenBy(run, undici, { interceptors: [] });
    expect(await seenBy(run, undici, { interceptors: [faulty] })).not.toBe(without);
  });

  it.each(Object.entries({ requested, dispatched, pausing }))(
    'and sees nothing where nothing is: %s',
    async (_, run) => {
      const without = await seenBy(run, undici, { interceptors: [] });
      expect(await seenBy(run, undici, { interceptors: [but(() => ({}))] })).toBe(without);
    },
  );
});
