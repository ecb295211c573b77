// What Node makes of fields and sockets, seen through real requests.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect as connect2, createServer as createServer2 } from 'node:http2';
import { connect, type AddressInfo, type NetConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { clientAddress } from '../../../src/http/client-key/client-address.ts';
import { clientKey } from '../../../src/http/client-key/client-key.ts';
import { hearWarnings } from '../../support/warnings.ts';
import { requestFrom } from './origin.ts';

const listen = async (server: Server, ...where: [string] | [number, string]): Promise<void> => {
  const [port, host] = where;
  server.listen(typeof port === 'string' ? { path: port } : { port, host });
  await once(server, 'listening');
  onTestFinished(() => void server.close());
};

/** Sends one request letter by letter, and resolves with what the server saw of it. */
const seenBy = async (
  server: Server,
  to: NetConnectOpts,
  fields: readonly string[] = [],
): Promise<IncomingMessage> => {
  const socket = connect(to);
  onTestFinished(() => void socket.destroy());
  socket.write(['GET / HTTP/1.1', 'Host: x', ...fields, '', ''].join('\r\n'));
  const [request] = (await once(server, 'request')) as [IncomingMessage];
  return request;
};

const overTcp = async (...fields: string[]): Promise<IncomingMessage> => {
  const server = createServer();
  await listen(server, 0, '127.0.0.1');
  return seenBy(server, { port: (server.address() as AddressInfo).port }, fields);
};

it('fields that come several times are one, in their order', async () => {
  const request = await overTcp(
    'X-Forwarded-For: 6.6.6.6',
    'x-forwarded-for: ',
    'X-FORWARDED-FOR: 203.0.113.7, 10.0.0.2',
    'Forwarded: for=6.6.6.6;by="',
    'Forwarded: for="[2001:db8::7]"',
    'forwarded: for=10.0.0.2',
  );
  expect(clientAddress({ trust: { hops: 1 } })(request)).toBe('10.0.0.2');
  expect(clientAddress({ trust: { hops: 2 } })(request)).toBe('203.0.113.7');
  expect(clientAddress({ trust: { hops: 3 } })(request)).toBe('6.6.6.6');
  expect(clientAddress({ trust: { hops: 2 }, header: 'forwarded' })(request)).toBe('2001:db8::7');
  expect(clientAddress({ trust: { hops: 3 }, header: 'forwarded' })(request)).toBe('2001:db8::7');
  expect(clientAddress({ trust: { cidrs: ['127.0.0.1', '10.0.0.0/8'] } })(request)).toBe(
    '203.0.113.7',
  );
});

it('a client of IPv4 has the same address and key on a socket of both kinds', async () => {
  const server = createServer();
  await listen(server, 0, '::');
  const { port } = server.address() as AddressInfo;
  const request = await seenBy(server, { port, host: '127.0.0.1' });
  expect(request.socket.remoteAddress).toBe('::ffff:127.0.0.1');
  expect(clientAddress()(request)).toBe('127.0.0.1');
  const key = clientKey();
  expect(key(request)).toBe(key(requestFrom('127.0.0.1')));
});

it('a Unix socket has no address, so that its clients share a key unless a proxy tells them apart', async () => {
  hearWarnings();
  const path = join(tmpdir(), `client-key-${process.pid}.sock`);
  const server = createServer();
  await listen(server, path);
  const request = await seenBy(server, { path }, ['X-Forwarded-For: 203.0.113.7']);
  expect(clientAddress()(request)).toBeUndefined();
  expect(clientKey()(request)).toBe(clientKey()(requestFrom(undefined)));
  expect(clientAddress({ trust: { hops: 1 } })(request)).toBe('203.0.113.7');
});

it('a socket that was destroyed before anybody asked has no address', async () => {
  const request = await overTcp();
  request.socket.destroy();
  await once(request.socket, 'close');
  expect(clientAddress()(request)).toBeUndefined();
  expect(clientKey()(request)).toBe(clientKey()(requestFrom(undefined)));
});

it('HTTP/2 is read alike, also when its session is gone', async () => {
  hearWarnings();
  const server = createServer2();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const client = connect2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  client.on('error', () => undefined);
  onTestFinished(() => client.destroy());
  const fields = { 'x-forwarded-for': ['6.6.6.6', '203.0.113.7, 10.0.0.2'] };
  client.request({ ':path': '/', ...fields }).on('error', () => undefined);
  const [request] = await once(server, 'request');
  expect(clientAddress()(request)).toBe('127.0.0.1');
  expect(clientAddress({ trust: { hops: 2 } })(request)).toBe('203.0.113.7');
  request.stream.session.destroy();
  expect(clientAddress()(request)).toBeUndefined();
  expect(clientAddress({ trust: { hops: 2 } })(request)).toBe('203.0.113.7');
  expect(clientKey()(request)).toBe(clientKey()(requestFrom(undefined)));
});
