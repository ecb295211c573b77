import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { drain } from '../../../../src/http/lifecycle/drain.ts';
import { GRACE_MS } from '../../../../src/http/lifecycle/http1-connections.ts';
import { virtualClock } from '../../../../src/testing/index.ts';
import { listen, rigOf } from './support/rig.ts';
import { turns, until } from './support/until.ts';
import { wireTo } from './support/wire.ts';

const LINGER_MS = 1_500;
const CLOSES = 'Connection: close';

describe('what is in flight', () => {
  test('is counted until the response is over', async () => {
    const rig = await rigOf();
    const wire = await rig.wire();
    for (const index of [0, 1, 2]) {
      wire.ask('/slow');
      await until(() => rig.responses.length === index + 1);
      expect(rig.drain.inFlight).toBe(1);
      rig.response(index).end('done');
      await until(() => rig.drain.inFlight === 0);
    }
  });

  test('is counted once where a listener for 100-continue hands the request on', async () => {
    const rig = await rigOf();
    rig.server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      response.writeContinue();
      rig.server.emit('request', request, response);
    });
    const wire = await rig.wire();
    wire.ask('/slow', 'Expect: 100-continue\r\nContent-Length: 0\r\n');
    await until(() => rig.responses.length === 1);
    expect(rig.drain.inFlight).toBe(1);
    await rig.start();
    rig.response(0).end('done');
    await wire.end();
    expect(wire.received).toContain(CLOSES);
    expect(rig.drain.inFlight).toBe(0);
  });

  test('is cut at the deadline, and told', async () => {
    const rig = await rigOf();
    const wires = await Promise.all([rig.wire(), rig.wire(), rig.wire()]);
    const [hanging, receiving, idle] = wires;
    hanging.ask('/slow');
    await until(() => rig.responses.length === 1);
    await rig.start();
    await rig.clock.advanceAsync(9_900);
    await until(() => idle.ended && receiving.ended);
    expect(hanging.ended).toBe(false);
    await rig.clock.advanceAsync(100);
    expect(rig.response(0).destroyed).toBe(true);
    expect(await rig.drain.start()).toEqual({
      name: 'drain',
      reason: 'test',
      tookMs: 10_000,
      clean: false,
      cut: { requests: 1, connections: 1, sessions: 0, upgraded: 0 },
      teardown: [],
    });
    await until(() => hanging.closed);
  });

  test('is known from the first request where a server had connections before', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/now') response.end('now');
    });
    const port = await listen(server);
    const wire = await wireTo(port);
    const silent = await wireTo(port);
    wire.ask('/now');
    await wire.has('now');
    using draining = drain(server, { signals: false, lingerMs: 100, deadlineMs: 400 });
    expect(draining.snapshot()).toMatchObject({ connections: 0 });
    wire.ask('/hang');
    await until(() => draining.inFlight === 1);
    expect(draining.snapshot()).toMatchObject({ connections: 1 });
    const report = await draining.start();
    expect(report).toMatchObject({ clean: false, cut: { requests: 1 } });
    // Older versions of Node do not tell that a connection which was never used is idle.
    expect([1, 2]).toContain(report.cut.connections);
    await until(() => wire.closed);
    await silent.end();
  });

  test('may be nothing on a connection that was used before: it ends when it has lingered', async () => {
    const server = createServer((_, response) => void response.end('now'));
    const port = await listen(server);
    const used = await wireTo(port);
    used.ask();
    await used.has('now');
    const clock = virtualClock();
    using draining = drain(server, { signals: false, clock });
    void draining.start();
    await clock.advanceAsync(0);
    await clock.advanceAsync(LINGER_MS);
    await used.end();
    expect(await draining.start()).toMatchObject({ clean: true, tookMs: LINGER_MS });
  });

  test('may be a request from before, which is cut at the deadline if it has to be', async () => {
    let asked = false;
    const server = createServer(() => void (asked = true));
    const wire = await wireTo(await listen(server));
    wire.ask();
    await until(() => asked);
    const clock = virtualClock();
    using draining = drain(server, { signals: false, clock });
    void draining.start();
    await clock.advanceAsync(0);
    await clock.advanceAsync(9_999);
    await turns();
    expect(wire.ended).toBe(false);
    await clock.advanceAsync(1);
    await wire.end();
    const cut = { requests: 0, connections: 1, sessions: 0, upgraded: 0 };
    expect(await draining.start()).toMatchObject({ clean: false, cut });
  });

  test('may be a request from before, whose connection is ended soon after its response', async () => {
    const responses: ServerResponse[] = [];
    const server = createServer((_, response) => void responses.push(response));
    const wire = await wireTo(await listen(server));
    wire.ask();
    await until(() => responses.length === 1);
    const clock = virtualClock();
    using draining = drain(server, { signals: false, clock });
    void draining.start();
    await clock.advanceAsync(0);
    await clock.advanceAsync(LINGER_MS + 1_000);
    responses[0]?.end('late');
    await wire.has('late');
    expect(wire.ended).toBe(false);
    await clock.advanceAsync(GRACE_MS);
    await wire.end();
    expect(await draining.start()).toMatchObject({
      clean: true,
      tookMs: LINGER_MS + 1_000 + GRACE_MS,
    });
  });

  test('may lie on a socket that was handed to the server', async () => {
    const rig = await rigOf();
    const other = createNetServer((socket) => {
      rig.server.emit('connection', socket);
    });
    const wire = await wireTo(await listen(other));
    wire.ask('/slow');
    await until(() => rig.responses.length === 1);
    await rig.start();
    await turns();
    expect(rig.drain.phase).toBe('lingering');
    rig.response(0).end('done');
    await wire.end();
    expect(wire.received).toContain(CLOSES);
    expect(await rig.drain.start()).toMatchObject({ clean: true, tookMs: 0 });
  });
});

describe('a server that is used all the while', () => {
  test('has no listener more on a connection after a hundred requests', async () => {
    const rig = await rigOf();
    const wire = await rig.wire();
    const counts: number[] = [];
    rig.server.on('request', ({ socket }: IncomingMessage) => {
      counts.push(socket.eventNames().reduce((sum, name) => sum + socket.listenerCount(name), 0));
    });
    for (let index = 0; index < 100; index++) {
      wire.clear();
      wire.ask('/now');
      await wire.has('at /now');
    }
    expect(new Set(counts.slice(1)).size).toBe(1);
  });
});
