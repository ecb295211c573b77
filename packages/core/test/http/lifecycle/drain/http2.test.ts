import {
  connect,
  createSecureServer,
  createServer,
  type Http2Server,
  type Http2ServerResponse,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { drain } from '../../../../src/http/lifecycle/drain.ts';
import { GRACE_MS } from '../../../../src/http/lifecycle/http1-connections.ts';
import type { Drain, DrainOptions } from '../../../../src/http/lifecycle/types.ts';
import { VirtualClock } from '../../../../src/testing/index.ts';
import { certificate } from './support/certificate.ts';
import { Http2Wire } from './support/http2-wire.ts';
import { listen } from './support/rig.ts';
import { turns, until } from './support/until.ts';
import { secureWireTo, wireTo } from './support/wire.ts';

interface Rig {
  readonly clock: VirtualClock;
  readonly drain: Drain;
  readonly streams: ServerHttp2Stream[];
  readonly port: number;
  start(): Promise<void>;
}

const rigOf = async (
  options: DrainOptions = {},
  server: Http2Server = createServer(),
): Promise<Rig> => {
  const clock = new VirtualClock();
  const streams: ServerHttp2Stream[] = [];
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    if (headers[':path'] === '/now') stream.end('at once');
    else streams.push(stream);
  });
  const draining = drain(server, { signals: false, clock, ...options });
  onTestFinished(() => draining[Symbol.dispose]());
  return {
    clock,
    drain: draining,
    streams,
    port: await listen(server),
    start: async () => {
      void draining.start('test');
      await clock.advanceAsync(0);
    },
  };
};

const clientOf = async (rig: Rig): Promise<Http2Wire> => new Http2Wire(await wireTo(rig.port));

describe('a session that is open when the drain begins', () => {
  test('is told at once where it has streams, and ends with them', async () => {
    const rig = await rigOf();
    const client = await clientOf(rig);
    client.ask(1, '/slow');
    client.ask(3, '/slow');
    await until(() => rig.streams.length === 2);
    await rig.start();
    await until(() => client.goaways.length > 0);
    expect(rig.drain.snapshot()).toMatchObject({ inFlight: 2, sessions: 1, connections: 0 });
    client.ask(5);
    await rig.clock.advanceAsync(5_000);
    await turns();
    expect(client.body(5)).toEqual({ text: '', ended: false });
    for (const stream of rig.streams) stream.end('late');
    await until(() => client.body(1).ended && client.body(3).ended);
    // Whatever the last of them says, a client may repeat what comes after the third stream.
    expect(new Set(client.goaways)).toEqual(new Set([3]));
    await client.wire.end();
    expect(await rig.drain.start()).toMatchObject({ clean: true, tookMs: 5_000 });
  });

  test('is served once more where it was idle, and told before the response', async () => {
    const rig = await rigOf();
    const client = await clientOf(rig);
    client.ask(1);
    await until(() => client.body(1).ended && rig.drain.inFlight === 0);
    await rig.start();
    await rig.clock.advanceAsync(1_499);
    await turns();
    expect(client.goaways).toEqual([]);
    client.ask(3);
    await until(() => client.body(3).ended);
    expect(client.body(3).text).toBe('at once');
    const order = client.frames.map(({ type, stream }) => `${type} on ${stream}`);
    expect(order.indexOf('7 on 0')).toBeGreaterThan(0);
    expect(order.indexOf('7 on 0')).toBeLessThan(order.indexOf('0 on 3'));
    expect(client.goaways[0]).toBe(3);
    await client.wire.end();
    expect(await rig.drain.start()).toMatchObject({ clean: true, tookMs: 1_499 });
  });

  test('is told when it has lingered where it stays idle', async () => {
    const rig = await rigOf();
    const client = await clientOf(rig);
    await until(() => rig.drain.snapshot().sessions === 1);
    await rig.start();
    await rig.clock.advanceAsync(1_500);
    await client.wire.end();
    expect(client.goaways.length).toBeGreaterThan(0);
    expect(await rig.drain.start()).toMatchObject({ clean: true, tookMs: 1_500 });
  });

  test('ends by itself where its client has no more streams', async () => {
    const rig = await rigOf();
    const client = connect(`http://127.0.0.1:${rig.port}`);
    await once(client, 'connect');
    const stream = client.request({ ':path': '/slow' });
    stream.setEncoding('utf8');
    await until(() => rig.streams.length === 1);
    await rig.start();
    await until(() => client.closed);
    rig.streams[0]?.end('late');
    const chunks = await stream.toArray();
    expect(chunks.join('')).toBe('late');
    expect(await rig.drain.start()).toMatchObject({ clean: true, tookMs: 0 });
  });

  test('is ended where its client does not leave', async () => {
    const rig = await rigOf();
    const idle = new Http2Wire(await wireTo(rig.port, true));
    const busy = new Http2Wire(await wireTo(rig.port, true));
    busy.ask(1, '/slow');
    await until(() => rig.streams.length === 1 && rig.drain.snapshot().sessions === 2);
    await rig.start();
    await rig.clock.advanceAsync(1_500 + GRACE_MS - 1);
    expect(rig.drain.snapshot().sessions).toBe(2);
    await rig.clock.advanceAsync(1);
    await until(() => rig.drain.snapshot().sessions === 1);
    await idle.wire.end();
    rig.streams[0]?.end('late');
    await until(() => busy.body(1).ended);
    await turns();
    await rig.clock.advanceAsync(GRACE_MS);
    expect(await rig.drain.start()).toMatchObject({ clean: true, tookMs: 1_500 + 2 * GRACE_MS });
  });

  test('is destroyed at the deadline where a stream hangs, and told', async () => {
    const rig = await rigOf();
    const client = await clientOf(rig);
    client.ask(1, '/slow');
    client.ask(3, '/slow');
    await until(() => rig.streams.length === 2);
    await rig.start();
    await rig.clock.advanceAsync(9_999);
    expect(client.wire.ended).toBe(false);
    await rig.clock.advanceAsync(1);
    const cut = { requests: 2, connections: 0, sessions: 1, upgraded: 0 };
    expect(await rig.drain.start()).toMatchObject({ clean: false, tookMs: 10_000, cut });
    await client.wire.end();
    expect(rig.streams.every(({ destroyed }) => destroyed)).toBe(true);
  });
});

describe('a session whose streams come several at a time', () => {
  test('has all of them served', async () => {
    const rig = await rigOf();
    const client = await clientOf(rig);
    const burst = async (...streams: number[]): Promise<void> => {
      client.wire.socket.cork();
      for (const stream of streams) client.ask(stream);
      client.wire.socket.uncork();
      await until(() => streams.every((stream) => client.body(stream).ended));
    };
    await burst(1, 3, 5);
    await until(() => rig.drain.inFlight === 0);
    await rig.start();
    await burst(7, 9, 11);
    await rig.clock.advanceAsync(0);
    await client.wire.end();
    expect(client.goaways[0]).toBe(11);
    expect(await rig.drain.start()).toMatchObject({ clean: true, tookMs: 0 });
  });
});

describe('a session that comes while the drain announces', () => {
  test('is told with its first streams, and loses none that came together', async () => {
    const rig = await rigOf({ announceMs: 500 });
    await rig.start();
    const client = await clientOf(rig);
    await until(() => client.frames.length > 1);
    await turns();
    expect(client.goaways).toEqual([]);
    client.wire.socket.cork();
    for (const stream of [1, 3, 5]) client.ask(stream);
    client.wire.socket.uncork();
    await until(() => [1, 3, 5].every((stream) => client.body(stream).ended));
    await rig.clock.advanceAsync(0);
    await until(() => client.goaways.length > 0);
    expect(client.goaways[0]).toBe(5);
    await client.wire.end();
    await until(() => rig.drain.snapshot().sessions === 0);
    await rig.clock.advanceAsync(500);
    expect(await rig.drain.start()).toMatchObject({ clean: true, tookMs: 500 });
  });
});

describe('a server of HTTP/2', () => {
  test('that looks at streams alone gets no requests made of them', async () => {
    const server = createServer();
    const rig = await rigOf({}, server);
    expect(server.listenerCount('request')).toBe(0);
    const client = await clientOf(rig);
    client.ask(1);
    await until(() => client.body(1).ended);
    const stream = once(server, 'stream');
    client.ask(3, '/slow');
    await stream;
    expect(rig.drain.inFlight).toBe(1);
  });

  test('with a handler of requests counts each once', async () => {
    const server = createServer();
    const responses: Http2ServerResponse[] = [];
    server.on('request', (_, response) => void responses.push(response));
    const clock = new VirtualClock();
    using draining = drain(server, { signals: false, clock });
    const client = new Http2Wire(await wireTo(await listen(server)));
    client.ask(1);
    await until(() => responses.length === 1);
    expect(draining.inFlight).toBe(1);
    responses[0]?.end('done');
    await until(() => draining.inFlight === 0);
  });

  test('is known from its next stream where it had sessions before', async () => {
    const server = createServer();
    server.on('stream', (stream, { ':path': path }) => {
      if (path === '/now') stream.end('at once');
    });
    const client = new Http2Wire(await wireTo(await listen(server)));
    client.ask(1);
    await until(() => client.body(1).ended);
    const clock = new VirtualClock();
    using draining = drain(server, { signals: false, clock });
    client.ask(3, '/slow');
    await until(() => draining.inFlight === 1);
    expect(draining.snapshot()).toMatchObject({ sessions: 1 });
    void draining.start();
    await clock.advanceAsync(0);
    await clock.advanceAsync(10_000);
    expect(await draining.start()).toMatchObject({ cut: { requests: 1, sessions: 1 } });
    await client.wire.end();
  });
});

describe('a secure server that speaks both', () => {
  test('closes connections of HTTP/1 and tells sessions of HTTP/2', async () => {
    const waiting: (() => void)[] = [];
    const server = createSecureServer({ ...certificate, allowHTTP1: true }, (request, response) => {
      if (request.url === '/now') response.end('at once');
      else waiting.push(() => response.end('late'));
    });
    const port = await listen(server);
    const clock = new VirtualClock();
    using draining = drain(server, { signals: false, clock });
    const one = await secureWireTo(port);
    const two = new Http2Wire(await secureWireTo(port, ['h2']));
    const silent = await wireTo(port);
    one.ask('/slow');
    two.ask(1, '/slow');
    await until(() => waiting.length === 2);
    expect(draining.snapshot()).toMatchObject({ inFlight: 2, connections: 1, sessions: 1 });
    void draining.start();
    await clock.advanceAsync(0);
    await clock.advanceAsync(1_500);
    await until(() => two.goaways.length > 0);
    expect(two.goaways[0]).toBe(1);
    for (const answer of waiting) answer();
    await one.has('late');
    expect(one.received).toContain('Connection: close');
    await one.end();
    await until(() => two.body(1).ended);
    await silent.end();
    await two.wire.end();
    expect(await draining.start()).toMatchObject({ clean: true, tookMs: 1_500 });
  });
});
