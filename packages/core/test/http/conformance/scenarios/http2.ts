import { PassThrough, Readable } from 'node:stream';
import { constants, type ServerHttp2Stream } from 'node:http2';
import { expect } from 'vitest';
import type { Http2Exchange } from '../http2-client.ts';
import type { Behaviour, Exchange } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { settled } from '../until.ts';
import { guarded, untilHeld, type Guarded } from './guarded.ts';

const streamOf = ({ response }: Exchange): ServerHttp2Stream =>
  Reflect.get(response, 'stream') as ServerHttp2Stream;

const answers: Behaviour = ({ text }) => text('answered');
const hangs: Behaviour = () => new Promise(() => undefined);

const reads: Behaviour = async ({ request, text }) => {
  for await (const _ of request);
  text('read');
};

const feed =
  (source: Readable): Behaviour =>
  (exchange) => {
    exchange.header('Content-Type', 'text/event-stream');
    return exchange.stream(source);
  };

interface Case {
  readonly title: string;
  readonly options?: Parameters<typeof guarded>[1];
  /** What happens to one request; `verdicts` is what the circuit must make of it. */
  readonly verdicts: object;
  readonly handler: () => Behaviour;
  readonly isolated?: true;
  act(exchange: Http2Exchange, stack: Guarded): Promise<void>;
  readonly request?: { readonly method?: string; readonly headers?: Record<string, string> };
}

const refusedProblem = (exchange: Http2Exchange, status: number): void => {
  expect(exchange).toMatchObject({ status, answers: 1, rstCode: 0 });
  expect(exchange.headers['content-type']).toBe('application/problem+json');
  expect(exchange.headers).not.toHaveProperty('connection');
};

const begins: Behaviour = ({ raw }) => {
  raw().write('begun');
  return new Promise(() => undefined);
};

const CASES: readonly Case[] = [
  {
    title: 'an answer is sent and counted',
    verdicts: { successes: 1 },
    handler: () => answers,
    act: async (exchange) => {
      expect(await exchange.over()).toMatchObject({ status: 200, body: 'answered', rstCode: 0 });
    },
  },
  {
    title: 'a throw is answered 500 and is a failure',
    verdicts: { failures: 1 },
    handler: () => () => Promise.reject(new Error('no')),
    act: async (exchange) => {
      expect(await exchange.over()).toMatchObject({ status: 500, answers: 1 });
    },
  },
  {
    title: 'HEAD has no body',
    request: { method: 'HEAD' },
    verdicts: { successes: 1 },
    handler: () => answers,
    act: async (exchange) => {
      expect(await exchange.over()).toMatchObject({ status: 200, body: '' });
    },
  },
  {
    title: '204 has no body',
    verdicts: { successes: 1 },
    handler: () => (exchange) => exchange.empty(204),
    act: async (exchange) => {
      expect(await exchange.over()).toMatchObject({ status: 204, body: '', rstCode: 0 });
    },
  },
  {
    title: 'a body stream arrives whole',
    verdicts: { successes: 1 },
    handler: () => (exchange) => exchange.stream(Readable.from(['a', 'stream'])),
    act: async (exchange) => {
      expect(await exchange.over()).toMatchObject({ status: 200, body: 'astream', rstCode: 0 });
    },
  },
  {
    title: 'a client who cancels before the headers blames nobody',
    verdicts: { ignored: 1 },
    handler: () => hangs,
    act: async (exchange, { limit }) => {
      await untilHeld(limit, 1);
      exchange.cancel();
      await untilHeld(limit, 0);
    },
  },
  {
    title: 'a client who cancels in the middle of the answer blames nobody',
    verdicts: { ignored: 1 },
    handler: () => begins,
    act: async (exchange, { limit }) => {
      await exchange.begun('begun');
      exchange.cancel();
      await untilHeld(limit, 0);
    },
  },
  {
    title: 'a client who cancels a feed of events blames nobody',
    verdicts: { ignored: 1 },
    handler: () => {
      const source = new PassThrough();
      source.write('data: 1\n\n');
      return feed(source);
    },
    act: async (exchange, { limit }) => {
      await exchange.begun('data: 1');
      exchange.cancel();
      await untilHeld(limit, 0);
    },
  },
  {
    title: 'a client who cancels its upload blames nobody',
    request: { method: 'POST' },
    verdicts: { ignored: 1 },
    handler: () => reads,
    act: async (exchange, { limit }) => {
      exchange.stream.write('x'.repeat(400));
      await untilHeld(limit, 1);
      exchange.cancel();
      await untilHeld(limit, 0);
    },
  },
  {
    title: 'a client who breaks its promise of a length blames nobody',
    request: { method: 'POST', headers: { 'content-length': '1000' } },
    verdicts: { ignored: 1 },
    handler: () => reads,
    act: async (exchange, { limit }) => {
      exchange.stream.write('x'.repeat(400));
      await untilHeld(limit, 1);
      exchange.stream.end();
      await untilHeld(limit, 0);
    },
  },
  {
    title: 'a stream that the server resets is a failure',
    verdicts: { failures: 1 },
    handler: () => (exchange) => {
      streamOf(exchange).close(constants.NGHTTP2_INTERNAL_ERROR);
      return new Promise(() => undefined);
    },
    act: async (exchange) => {
      expect(await exchange.over()).toMatchObject({ rstCode: constants.NGHTTP2_INTERNAL_ERROR });
    },
  },
  {
    title: 'a response that the handler destroys in the middle is a failure',
    verdicts: { failures: 1 },
    handler:
      () =>
      async ({ raw }) => {
        const response = raw();
        response.write('begun');
        await settled();
        response.destroy(new Error('given up'));
      },
    act: async (exchange) => {
      expect((await exchange.over()).rstCode).not.toBe(0);
    },
  },
  {
    title: 'a throw after the headers resets the stream and is a failure',
    verdicts: { failures: 1 },
    handler:
      () =>
      async ({ raw }) => {
        raw().write('begun');
        await settled();
        throw new Error('after the headers');
      },
    act: async (exchange) => {
      expect((await exchange.over()).rstCode).not.toBe(0);
    },
  },
  {
    title: 'a body stream that breaks resets the stream and is a failure',
    verdicts: { failures: 1 },
    handler: () => (exchange) =>
      exchange.stream(
        Readable.from(
          (async function* () {
            yield 'begun';
            await settled();
            throw new Error('the source broke');
          })(),
        ),
      ),
    act: async (exchange) => {
      expect((await exchange.over()).rstCode).not.toBe(0);
    },
  },
  {
    title: 'a refusal is a problem without fields of the connection',
    isolated: true,
    verdicts: {},
    handler: () => answers,
    act: async (exchange) => refusedProblem(await exchange.over(), 503),
  },
  {
    title: 'an upload that is refused is answered at once',
    isolated: true,
    request: { method: 'POST' },
    verdicts: {},
    handler: () => answers,
    act: async (exchange) => {
      exchange.stream.write('x');
      await exchange.begun('{');
      expect(exchange).toMatchObject({ status: 503, answers: 1 });
      exchange.cancel();
      await exchange.over();
    },
  },
  {
    title: 'a handler that never answers is answered for, once',
    options: { timeoutMs: 25 },
    verdicts: { failures: 1 },
    handler: () => hangs,
    act: async (exchange) => refusedProblem(await exchange.over(), 503),
  },
  {
    title: 'what a handler writes late changes nothing',
    options: { timeoutMs: 25 },
    verdicts: { failures: 1 },
    handler:
      () =>
      async ({ inbound, json, response }) => {
        await new Promise((resolve) => {
          inbound().signal.addEventListener('abort', resolve);
        });
        json({ late: true });
        response.setHeader('x-late', '1');
        response.write('late');
        response.end('later');
        throw new Error('late');
      },
    act: async (exchange) => {
      refusedProblem(await exchange.over(), 503);
      await settled();
    },
  },
];

const scenarioOf = ({ title, options, verdicts, request, ...rest }: Case): Scenario => ({
  title: `over HTTP/2, ${title}`,
  only: 'koa',
  run: async (world) => {
    const stack = guarded(world, options);
    world.expectVerdicts(stack.circuit, verdicts);
    if (rest.isolated) stack.circuit.isolate('for the test');
    await world.serveHttp2({ guards: stack.guards, routes: { '/': rest.handler() } });
    const client = await world.http2Client();
    await rest.act(client.send('/', request), stack);
  },
});

export const HTTP2_SCENARIOS: readonly Scenario[] = CASES.map(scenarioOf);
