import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { GRACE_MS } from '../../../../src/http/lifecycle/http1-connections.ts';
import { rigOf } from './support/rig.ts';
import { turns, until } from './support/until.ts';
import { accepts, requestTo } from './support/wire.ts';

const LINGER_MS = 1_500;
const CLOSES = 'Connection: close';
const STAYS = 'Connection: keep-alive';

describe('connections that are idle when the drain begins', () => {
  test('stay open while it lingers: a request that comes is served, and its response ends the connection', async () => {
    const rig = await rigOf();
    const wire = await rig.wire();
    wire.ask('/now/1');
    await wire.has('at /now/1');
    expect(wire.received).toContain(STAYS);
    await rig.start();
    await rig.clock.advanceAsync(LINGER_MS - 1);
    await turns();
    expect(wire.ended).toBe(false);
    wire.clear();
    wire.ask('/now/2');
    await wire.has('at /now/2');
    expect(wire.received).toContain(CLOSES);
    await wire.end();
    expect(await rig.drain.start()).toMatchObject({ clean: true, reason: 'test' });
  });

  test('end when it has lingered', async () => {
    const rig = await rigOf();
    const [used, fresh] = [await rig.wire(), await rig.wire()];
    used.ask('/now');
    await used.has('at /now');
    await rig.start();
    await rig.clock.advanceAsync(LINGER_MS - 1);
    expect(rig.drain.phase).toBe('lingering');
    await rig.clock.advanceAsync(1);
    await Promise.all([used.end(), fresh.end()]);
    expect(used.error).toBeUndefined();
    const report = await rig.drain.start();
    expect(report).toMatchObject({ clean: true, tookMs: LINGER_MS });
  });

  test('have until the end of their request where a part of it has come', async () => {
    const rig = await rigOf();
    const wires = await Promise.all([rig.wire(), rig.wire(), rig.wire()]);
    const [used, fresh, stuck] = wires;
    used.ask('/now');
    await used.has('at /now');
    used.clear();
    await rig.start();
    for (const wire of wires) wire.send('GET /now HTTP/1.1\r\n');
    await turns();
    await rig.clock.advanceAsync(LINGER_MS + GRACE_MS - 1);
    for (const wire of [used, fresh]) {
      wire.send('Host: holdfast\r\n\r\n');
      await wire.has('at /now');
      expect(wire.received).toContain(CLOSES);
      await wire.end();
    }
    await rig.clock.advanceAsync(10_000 - LINGER_MS - GRACE_MS);
    expect(stuck.closed).toBe(false);
    await rig.clock.advanceAsync(1);
    await until(() => stuck.closed);
    const cut = { requests: 0, connections: 1, sessions: 0, upgraded: 0 };
    expect(await rig.drain.start()).toMatchObject({ tookMs: 10_000, clean: false, cut });
  });

  test('are served where the rest of a request comes long after its beginning', async () => {
    const rig = await rigOf();
    const wire = await rig.wire();
    wire.send('GET /now HTTP/1.1\r\n');
    await turns();
    await rig.start();
    await rig.clock.advanceAsync(LINGER_MS);
    await rig.clock.advanceAsync(GRACE_MS + 5_000);
    await turns();
    expect(wire.ended).toBe(false);
    wire.send('Host: holdfast\r\n\r\n');
    await wire.end();
    expect(wire.received).toContain('at /now');
    expect(await rig.drain.start()).toMatchObject({ clean: true });
  });

  test('do not wait for a body that was answered before it came', async () => {
    const rig = await rigOf();
    const wire = await rig.wire();
    wire.send('POST /now HTTP/1.1\r\nHost: holdfast\r\nContent-Length: 1000\r\n\r\n');
    await wire.has('at /now');
    wire.send('part of it');
    await turns();
    await rig.start();
    await rig.clock.advanceAsync(LINGER_MS);
    await rig.clock.advanceAsync(GRACE_MS);
    await wire.end();
    expect(await rig.drain.start()).toMatchObject({ clean: true });
  });
});

describe('new connections', () => {
  test('are refused as soon as the drain begins', async () => {
    const rig = await rigOf();
    expect(await accepts(rig.port)).toBe(true);
    const wire = await rig.wire();
    await rig.start();
    expect(await accepts(rig.port)).toBe(false);
    expect(wire.ended).toBe(false);
  });

  test('are accepted as long as it announces, and their responses close them', async () => {
    const rig = await rigOf({ announceMs: 400 });
    await rig.start();
    expect(rig.drain.phase).toBe('announcing');
    const wire = await rig.wire();
    wire.ask('/now');
    await wire.has('at /now');
    expect(wire.received).toContain(CLOSES);
    await rig.clock.advanceAsync(399);
    expect(await accepts(rig.port)).toBe(true);
    await rig.clock.advanceAsync(1);
    expect(await accepts(rig.port)).toBe(false);
    expect(await rig.drain.start()).toMatchObject({ tookMs: 400, clean: true });
  });

  test('that wait to be accepted as it begins are accepted', async () => {
    const rig = await rigOf({ clock: undefined });
    const socket = connect({ port: rig.port, host: '127.0.0.1' });
    // The event loop stands still while the kernel completes the handshake.
    const end = performance.now() + 30;
    while (performance.now() < end);
    void rig.drain.start();
    socket.write(requestTo('/now'));
    const chunks: string[] = [];
    socket.on('data', (bytes: Buffer) => void chunks.push(bytes.toString()));
    await new Promise((resolve) => socket.on('close', resolve));
    expect(chunks.join('')).toContain('at /now');
  });
});

describe('responses in flight when the drain begins', () => {
  test('say that the connection closes where their head is not out, and end it', async () => {
    const rig = await rigOf();
    const wire = await rig.wire();
    wire.ask('/slow');
    await until(() => rig.responses.length === 1);
    await rig.start();
    expect(rig.drain.inFlight).toBe(1);
    await rig.clock.advanceAsync(LINGER_MS + 5_000);
    expect(wire.ended).toBe(false);
    rig.response(0).end('late');
    await wire.has('late');
    expect(wire.received).toContain(CLOSES);
    await wire.end();
    expect(await rig.drain.start()).toMatchObject({ clean: true, tookMs: LINGER_MS + 5_000 });
  });

  test('are over, the drain with them, without waiting for the end of the lingering', async () => {
    const rig = await rigOf();
    const wires = await Promise.all([rig.wire(), rig.wire()]);
    for (const wire of wires) wire.ask('/slow');
    await until(() => rig.responses.length === 2);
    await rig.start();
    for (const response of rig.responses) response.end('late');
    expect(await rig.drain.start()).toMatchObject({ clean: true, tookMs: 0 });
    expect(rig.phases).toEqual(['lingering', 'closing', 'tearing-down', 'closed']);
  });

  test('say so too where an error handler takes all fields away', async () => {
    const rig = await rigOf();
    const wire = await rig.wire();
    wire.ask('/slow');
    await until(() => rig.responses.length === 1);
    await rig.start();
    const response = rig.response(0);
    for (const field of response.getHeaderNames()) response.removeHeader(field);
    response.writeHead(500).end('sorry');
    await wire.has('sorry');
    expect(wire.received).toContain(CLOSES);
    await wire.end();
  });

  test.each([
    ['whose head is out', (response: ServerResponse) => response.flushHeaders()],
    [
      'that promise it in so many words',
      (response: ServerResponse) => response.setHeader('Connection', 'keep-alive'),
    ],
  ])('%s leave their connection open for one more request', async (_, promise) => {
    const rig = await rigOf();
    const wires = await Promise.all([rig.wire(), rig.wire()]);
    const [quick, idle] = wires;
    for (const wire of wires) wire.ask('/stream');
    await until(() => rig.responses.length === 2);
    for (const response of rig.responses) promise(response);
    await rig.start();
    await rig.clock.advanceAsync(LINGER_MS + 100);
    for (const response of rig.responses) response.end('done');
    for (const wire of wires) {
      await wire.has('done');
      expect(wire.received).toContain(STAYS);
    }
    await turns();
    await rig.clock.advanceAsync(GRACE_MS - 1);
    quick.clear();
    quick.ask('/now');
    await quick.has('at /now');
    expect(quick.received).toContain(CLOSES);
    await quick.end();
    expect(idle.ended).toBe(false);
    await rig.clock.advanceAsync(1);
    await idle.end();
    expect(await rig.drain.start()).toMatchObject({
      clean: true,
      tookMs: LINGER_MS + 100 + GRACE_MS,
    });
  });

  test('that were written but not sent are not cut as idle', async () => {
    const rig = await rigOf();
    const wire = await rig.wire();
    wire.socket.pause();
    wire.ask('/big');
    await until(() => rig.responses.length === 1);
    const bytes = 20_000_000;
    rig.response(0).end('x'.repeat(bytes));
    await rig.start();
    await rig.clock.advanceAsync(LINGER_MS);
    await turns();
    expect(rig.drain.phase).toBe('closing');
    wire.socket.resume();
    await until(() => wire.received.length > bytes);
    expect(wire.count('x')).toBe(bytes);
    await turns();
    await rig.clock.advanceAsync(GRACE_MS);
    await wire.end();
    expect(await rig.drain.start()).toMatchObject({ clean: true });
  });

  test('keep a client of HTTP/1.0 as it is', async () => {
    const rig = await rigOf();
    const wire = await rig.wire();
    wire.send('GET /slow HTTP/1.0\r\n\r\n');
    await until(() => rig.responses.length === 1);
    await rig.start();
    rig.response(0).end('old');
    await wire.end();
    expect(wire.received).toContain('old');
    expect(await rig.drain.start()).toMatchObject({ clean: true });
  });
});

describe('requests that are pipelined', () => {
  test('are all answered: only the last response closes', async () => {
    const rig = await rigOf();
    const wire = await rig.wire();
    wire.send(['/1', '/2', '/3'].map((path) => requestTo(path)).join(''));
    await until(() => rig.responses.length === 3);
    await rig.start();
    for (const index of [2, 0, 1]) rig.response(index).end(`answer ${index}.`);
    await wire.end();
    expect(wire.received.match(/Connection: \S+|answer \d/g)).toEqual([
      STAYS,
      'answer 0',
      STAYS,
      'answer 1',
      CLOSES,
      'answer 2',
    ]);
    expect(await rig.drain.start()).toMatchObject({ clean: true, tookMs: 0 });
  });

  test('are all answered where more of them come later', async () => {
    const rig = await rigOf();
    const wire = await rig.wire();
    wire.ask('/1');
    await until(() => rig.responses.length === 1);
    await rig.start();
    wire.ask('/2');
    await until(() => rig.responses.length === 2);
    wire.ask('/3');
    await until(() => rig.responses.length === 3);
    for (const [index, response] of rig.responses.entries()) response.end(`answer ${index}.`);
    await wire.end();
    expect(wire.received.match(/Connection: \S+/g)).toEqual([STAYS, STAYS, CLOSES]);
    expect(wire.received).toContain('answer 2');
  });

  test('in one packet are all answered where the handler answers at once, on a connection known for it', async () => {
    const rig = await rigOf();
    const wire = await rig.wire();
    const packet = ['/now/1', '/now/2', '/now/3'].map((path) => requestTo(path)).join('');
    wire.send(packet);
    await wire.has('at /now/3');
    wire.clear();
    await rig.start();
    wire.send(packet);
    await wire.has('at /now/3');
    expect(wire.count('at /now/')).toBe(3);
    await turns();
    await rig.clock.advanceAsync(GRACE_MS);
    await wire.end();
    expect(await rig.drain.start()).toMatchObject({ clean: true });
  });

  test('are no longer in flight when their client leaves, also those that wait for another', async () => {
    const rig = await rigOf();
    const wire = await rig.wire();
    wire.send(requestTo('/').repeat(3));
    await until(() => rig.responses.length === 3);
    expect(rig.drain.inFlight).toBe(3);
    expect(rig.drain.snapshot()).toMatchObject({ inFlight: 3, connections: 1 });
    wire.socket.destroy();
    await until(() => rig.drain.inFlight === 0);
    await turns();
    expect(rig.drain.snapshot()).toMatchObject({ inFlight: 0, connections: 0 });
  });
});
