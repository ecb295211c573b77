import { PassThrough } from 'node:stream';
import { expect } from 'vitest';
import type { Behaviour } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { untilHeld } from './guarded.ts';
import { overHttp2, type Case } from './http2-case.ts';

const hangs: Behaviour = () => new Promise(() => undefined);

const begins: Behaviour = ({ raw }) => {
  raw().write('begun');
  return new Promise(() => undefined);
};

const reads: Behaviour = async ({ request, text }) => {
  for await (const _ of request);
  text('read');
};

const feed =
  (source: PassThrough): Behaviour =>
  (exchange) => {
    exchange.header('Content-Type', 'text/event-stream');
    return exchange.stream(source);
  };

const CASES: readonly Case[] = [
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
    title:
      'an upload that trickles in is answered for when the time is over, and blames no handler',
    request: { method: 'POST' },
    options: { timeoutMs: 40 },
    verdicts: { ignored: 1 },
    handler: () => reads,
    act: async (exchange) => {
      exchange.stream.write('x');
      await exchange.begun('{');
      expect(exchange).toMatchObject({ status: 503, answers: 1 });
      exchange.cancel();
      await exchange.over();
    },
  },
];

/** Clients who leave a stream over HTTP/2. */
export const HTTP2_LEAVING_SCENARIOS: readonly Scenario[] = CASES.map(overHttp2);
