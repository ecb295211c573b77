import { createServer, request as ask, type IncomingMessage, type Server } from 'node:http';
import { drain, guardUpgrade } from '@holdfast/express';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { disposing, listening } from './serving.ts';

// What docs/inbound.md shows of upgrades.

/** Takes every upgrade, as a library for WebSockets does. */
const accepting = (server: Server): void => {
  server.on('upgrade', (_, socket) => {
    onTestFinished(() => void socket.destroy());
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n',
    );
  });
};

/** The status of an upgrade that is asked for. */
const upgradeOf = (url: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const outgoing = ask(url, { headers: { connection: 'upgrade', upgrade: 'echo' } });
    const answered = (response: IncomingMessage): void => {
      resolve(response.statusCode);
      response.resume();
    };
    outgoing.on('upgrade', answered).on('response', answered).on('error', reject).end();
  });

describe('upgrades', () => {
  it('are refused before anybody sees them', async () => {
    const app = express();
    const server = createServer(app);
    const draining = disposing(drain(server, { lingerMs: 1_000 }));

    guardUpgrade(server, {
      drain: draining,
      rateLimit: { rate: 10, burst: 20 },
      bulkhead: { name: 'sockets', concurrency: 2 },
    });

    accepting(server);
    const url = await listening(server);
    expect(await upgradeOf(url)).toBe(101);
    expect(await upgradeOf(url)).toBe(101);
    expect(await upgradeOf(url)).toBe(503);
    const report = draining.start();
    expect((await report).cut.upgraded).toBe(0); // they were told to leave, and left
  });
});
