import { constants, type ServerHttp2Stream } from 'node:http2';
import { Readable } from 'node:stream';
import { expect } from 'vitest';
import type { Http2Exchange } from '../http2-client.ts';
import type { Behaviour, Exchange } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { settled } from '../until.ts';
import { overHttp2, type Case } from './http2-case.ts';

const streamOf = ({ response }: Exchange): ServerHttp2Stream =>
  Reflect.get(response, 'stream') as ServerHttp2Stream;

const answers: Behaviour = ({ text }) => text('answered');
const hangs: Behaviour = () => new Promise(() => undefined);

const refusedProblem = (exchange: Http2Exchange, status: number): void => {
  expect(exchange).toMatchObject({ status, answers: 1, rstCode: 0 });
  expect(exchange.headers['content-type']).toBe('application/problem+json');
  expect(exchange.headers).not.toHaveProperty('connection');
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
    title: 'a handler that hangs over an upload that came in full is a failure',
    request: { method: 'POST', body: 'all of it' },
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

/** Answers, failures and refusals over HTTP/2. */
export const HTTP2_SCENARIOS: readonly Scenario[] = CASES.map(overHttp2);
