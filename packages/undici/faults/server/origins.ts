import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Stream } from 'node:http2';
import {
  createServer as createNetServer,
  type AddressInfo,
  type Server as NetServer,
  type Socket,
} from 'node:net';
import type { Duplex } from 'node:stream';
import type { Census } from './census.ts';
import { selfSigned } from './certificate.ts';
import { HTTP1_FAULTS } from './http1-faults.ts';
import { HTTP2_FAULTS } from './http2-faults.ts';

/** Where each kind of origin listens, on 127.0.0.1. */
export interface Ports {
  readonly http: number;
  /** HTTP/2 over TLS, or HTTP/1.1 for those who cannot; its certificate is signed by itself. */
  readonly tls: number;
  /** Accepts connections and never says a word. */
  readonly mute: number;
  /** Answers a TLS handshake with plain text. */
  readonly plain: number;
  /** Resets the connection in the TLS handshake. */
  readonly broken: number;
  /** Nobody listens. */
  readonly refused: number;
}

const faultOf = (path: string | undefined): string => path?.split('/')[1] ?? '';

/** Nobody else ends what was a connection of HTTP once. */
const endWithPeer = (socket: Duplex): void => void socket.once('end', () => socket.end()).resume();

const upgrade = (census: Census, request: IncomingMessage, socket: Duplex): void => {
  const { url = '' } = request;
  census.arrived(url, socket);
  endWithPeer(socket);
  if (faultOf(url) === 'upgrade-refused')
    socket.end('HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbusy');
  else if (faultOf(url) === 'upgrade-reset') request.socket.resetAndDestroy();
  else if (faultOf(url) === 'upgrade-101')
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n',
    );
};

const tunnel = (census: Census, request: IncomingMessage, socket: Duplex): void => {
  // `fault.label.connect:80` in the place of a path.
  const path = `/${request.url?.split(':')[0]?.replaceAll('.', '/')}`;
  census.arrived(path, socket);
  endWithPeer(socket);
  if (faultOf(path) === 'connect-200') socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
  else socket.end('HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
};

const httpOrigin = (census: Census): Server => {
  // Idle connections stay until a fault closes them.
  const server = createHttpServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const { url = '', socket } = request;
    const nth = census.arrived(url, socket);
    const fault = HTTP1_FAULTS[faultOf(url)];
    if (fault === undefined) response.writeHead(400).end('no such fault');
    else fault({ request: request.resume(), response, socket, nth });
  });
  server.on('upgrade', (request, socket) => upgrade(census, request, socket));
  server.on('connect', (request, socket) => tunnel(census, request, socket));
  return server;
};

const tlsOrigin = (census: Census): Http2SecureServer => {
  const server = createSecureServer({ ...selfSigned('localhost'), allowHTTP1: true });
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    const path = headers[':path'] ?? '';
    stream.on('error', () => undefined);
    const { session } = stream;
    if (session === undefined) return;
    const nth = census.arrived(path, session);
    stream.resume();
    HTTP2_FAULTS[faultOf(path)]?.(stream, nth);
  });
  server.on('request', (request, response) => {
    if (request.httpVersionMajor === 1) response.writeHead(505).end('not HTTP/2');
  });
  server.on('sessionError', () => undefined);
  return server;
};

const rawOrigin = (greet: (socket: Socket) => void): NetServer =>
  createNetServer((socket) => {
    socket.on('error', () => undefined).once('data', () => greet(socket));
  });

const listen = async (server: NetServer): Promise<number> => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
};

const unused = async (): Promise<number> => {
  const server = createNetServer();
  const port = await listen(server);
  await new Promise((resolve) => void server.close(resolve));
  return port;
};

/** Starts every origin. */
export const startOrigins = async (census: Census): Promise<Ports> => {
  const open = (server: NetServer): Promise<number> => {
    census.watch(server);
    return listen(server);
  };
  return {
    http: await open(httpOrigin(census)),
    tls: await open(tlsOrigin(census)),
    mute: await open(rawOrigin(() => undefined)),
    plain: await open(rawOrigin((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))),
    broken: await open(rawOrigin((socket) => socket.resetAndDestroy())),
    refused: await unused(),
  };
};
