import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage } from 'node:http';
import { connect, createServer as createServer2, type ClientHttp2Session } from 'node:http2';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { drain } from '../../../../src/http/lifecycle/drain.ts';
import { listen } from './support/rig.ts';
import { until } from './support/until.ts';

const CLIENTS = 16;

/** What the requests of some clients came to. */
interface Tally {
  answered: number;
  /** Failed on a connection that was open, and not by number as one that may be repeated. */
  lost: string[];
  /** Found nobody who takes connections any more, as a balancer would not have let them. */
  refused: number;
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

const isRefused = (error: unknown): boolean => codeOf(error) === 'ECONNREFUSED';

const get = (port: number, agent: Agent): Promise<void> =>
  new Promise((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', agent }, (response) => {
      response.on('end', resolve).on('error', reject).resume();
    });
    asked.on('error', reject).end();
  });

/** Asks again and again over one connection, after a moment of thought, until nobody listens. */
const client = async (ask: () => Promise<void>, tally: Tally): Promise<void> => {
  for (let index = 0; ; index++) {
    try {
      await ask();
      tally.answered++;
    } catch (error) {
      if (isRefused(error)) break;
      tally.lost.push(codeOf(error));
    }
    await sleep(index % 7);
  }
  tally.refused++;
};

const emptyTally = (): Tally => ({ answered: 0, lost: [], refused: 0 });

test('keep-alive clients lose no request', async () => {
  const server = createServer((_, response) => {
    setTimeout(() => response.end('done'), Math.random() * 5);
  });
  const port = await listen(server);
  const tally = emptyTally();
  const clients = Array.from({ length: CLIENTS }, () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    return client(() => get(port, agent), tally);
  });
  using draining = drain(server, { signals: false, lingerMs: 4_000 });
  await until(() => tally.answered > 200);
  const report = await draining.start();
  await Promise.all(clients);
  expect(tally.lost).toEqual([]);
  expect(tally.refused).toBe(CLIENTS);
  expect(report.clean).toBe(true);
  // All of them came back while it lingered, and none had to be waited for.
  expect(report.tookMs).toBeLessThan(4_000);
});

test('clients of HTTP/2 that make one request after the other lose none', async () => {
  const server = createServer2((_, response) => {
    setTimeout(() => response.end('done'), Math.random() * 5);
  });
  const port = await listen(server);
  const tally = emptyTally();
  const clients = Array.from({ length: CLIENTS }, () => {
    let session: ClientHttp2Session | undefined;
    const ask = async (): Promise<void> => {
      if (session === undefined || session.closed || session.destroyed) {
        session = connect(`http://127.0.0.1:${port}`);
        await once(session, 'connect');
      }
      const stream = session.request();
      await stream.resume().toArray();
      if (stream.rstCode !== 0) throw new Error(`stream ended with ${stream.rstCode}`);
    };
    return client(ask, tally);
  });
  using draining = drain(server, { signals: false, lingerMs: 4_000 });
  await until(() => tally.answered > 200);
  const report = await draining.start();
  await Promise.all(clients);
  expect(tally.lost).toEqual([]);
  expect(tally.refused).toBe(CLIENTS);
  expect(report).toMatchObject({ clean: true });
  expect(report.tookMs).toBeLessThan(4_000);
});

/** As little of RFC 6455 as there has to be: agrees, and leaves when the client has said that it does. */
const acceptWebSocket = ({ headers }: IncomingMessage, socket: Duplex): void => {
  const key = `${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash('sha1').update(key).digest('base64');
  const fields = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n`;
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${fields}\r\n`);
  socket.on('data', (frame: Buffer) => {
    if (frame[0] === 0x88) socket.end();
  });
};

test('a WebSocket learns that the server is going away, in good order', async () => {
  const server = createServer().on('upgrade', acceptWebSocket);
  const port = await listen(server);
  using draining = drain(server, { signals: false, lingerMs: 100 });
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  const closes: unknown[] = [];
  socket.addEventListener('close', ({ code, wasClean }) => void closes.push({ code, wasClean }));
  await new Promise((resolve) => socket.addEventListener('open', resolve));
  expect(draining.snapshot()).toMatchObject({ upgraded: 1, inFlight: 0 });
  expect(await draining.start()).toMatchObject({ clean: true });
  await until(() => closes.length === 1);
  expect(closes).toEqual([{ code: 1001, wasClean: true }]);
});
