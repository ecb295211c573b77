import { createServer, type Server } from 'node:https';
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { GRACE_MS } from '../../../../src/http/lifecycle/http1-connections.ts';
import { certificate } from './support/certificate.ts';
import { listen, Rig } from './support/rig.ts';
import { turns, until } from './support/until.ts';
import { secureWireTo, wireTo } from './support/wire.ts';

const secureRig = async (): Promise<Rig> => {
  const server: Server = createServer(certificate, (request, response: ServerResponse) => {
    if (request.url === '/now') response.end('at once');
    else rig.responses.push(response);
  });
  const rig = new Rig(server);
  rig.port = await listen(server);
  return rig;
};

test('a secure connection that is idle is served once more while the drain lingers', async () => {
  const rig = await secureRig();
  const [used, fresh] = [await secureWireTo(rig.port), await secureWireTo(rig.port)];
  used.ask('/now');
  await used.has('at once');
  expect(rig.drain.snapshot()).toMatchObject({ connections: 2, sessions: 0 });
  await rig.start();
  used.clear();
  used.ask('/now');
  await used.has('at once');
  expect(used.received).toContain('Connection: close');
  await used.end();
  await rig.clock.advanceAsync(1_499);
  await turns();
  expect(fresh.ended).toBe(false);
  await rig.clock.advanceAsync(1);
  await fresh.end();
  expect(fresh.error).toBeUndefined();
  expect(await rig.drain.start()).toMatchObject({ clean: true, tookMs: 1_500 });
});

test('a secure response in flight closes its connection, and the drain waits for it', async () => {
  const rig = await secureRig();
  const wire = await secureWireTo(rig.port);
  wire.ask('/slow');
  await until(() => rig.responses.length === 1);
  await rig.start();
  await rig.clock.advanceAsync(3_000);
  expect(rig.drain.inFlight).toBe(1);
  rig.response(0).end('late');
  await wire.end();
  expect(wire.received).toContain('Connection: close');
  expect(await rig.drain.start()).toMatchObject({ clean: true, tookMs: 3_000 });
});

test('part of a request on a secure connection is waited for a little', async () => {
  const rig = await secureRig();
  const wire = await secureWireTo(rig.port);
  await rig.start();
  wire.send('GET /now HTTP/1.1\r\n');
  await turns();
  await rig.clock.advanceAsync(1_500 + GRACE_MS - 1);
  wire.send('Host: holdfast\r\n\r\n');
  await wire.has('at once');
  expect(await rig.drain.start()).toMatchObject({ clean: true });
});

test('connections that never shook hands are ended when it has lingered, and are no loss', async () => {
  const rig = await secureRig();
  const [silent, garbled] = [await wireTo(rig.port), await wireTo(rig.port)];
  garbled.send('\u0016\u0003\u0001'); // the beginning of a handshake
  await until(() => rig.server.connections !== 0);
  await turns();
  await rig.start();
  await rig.clock.advanceAsync(1_499);
  await turns();
  expect([silent.closed, garbled.closed]).toEqual([false, false]);
  await rig.clock.advanceAsync(1);
  await Promise.all([silent.end(), garbled.end()]);
  expect(await rig.drain.start()).toMatchObject({ clean: true, tookMs: 1_500 });
});

test('a secure response that hangs is cut at the deadline', async () => {
  const rig = await secureRig();
  const wire = await secureWireTo(rig.port);
  wire.ask('/slow');
  await until(() => rig.responses.length === 1);
  await rig.start();
  await rig.clock.advanceAsync(10_000);
  await until(() => wire.closed);
  const cut = { requests: 1, connections: 1, sessions: 0, upgraded: 0 };
  expect(await rig.drain.start()).toMatchObject({ clean: false, cut });
});
