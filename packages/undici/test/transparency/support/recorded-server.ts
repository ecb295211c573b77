import { createServer, type RequestListener, type Server } from 'node:http';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import { selfSigned } from '../../../faults/server/certificate.ts';

import { bytes } from './plain.ts';

const { cert, key } = selfSigned('127.0.0.1');

/** A server on a free port that keeps each byte it was sent. */
export interface RecordedServer {
  readonly port: number;
  /** What arrived on each connection, in the order of their opening. */
  received(): readonly unknown[];
  close(): void;
}

const portOf = (server: NetServer): number => (server.address() as AddressInfo).port;

const listening = async (server: NetServer): Promise<void> => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
};

/** What came, without the port, which the digest of a long message must not depend on. */
const message = (chunks: readonly Buffer[], port: number): string => {
  const whole = Buffer.concat(chunks);
  const name = `:${port}`;
  for (let at = whole.indexOf(name); at >= 0; at = whole.indexOf(name, at))
    whole.fill('-', at, at + name.length);
  return bytes(whole);
};

const recorder = (server: NetServer): Omit<RecordedServer, 'port'> => {
  const connections: Buffer[][] = [];
  let port = 0;
  server.on('listening', () => (port = portOf(server)));
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    const chunks: Buffer[] = [];
    connections.push(chunks);
    sockets.add(socket.on('error', () => undefined));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  });
  return {
    received: () => connections.map((chunks) => message(chunks, port)),
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
};

/** Any server of plain sockets, not yet listening. */
export const recorded = async (server: NetServer): Promise<RecordedServer> => {
  const record = recorder(server);
  await listening(server);
  return { port: portOf(server), ...record };
};

/** An HTTP/1.1 server; its responses carry no date, so that all of their bytes can be compared. */
export const httpServer = (listener: RequestListener): Server =>
  createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    response.sendDate = false;
    listener(request, response);
  });

/** An HTTP/2 server; it keeps fields and bodies, because frames are encrypted. */
export const recordedHttp2 = async (
  serve: (server: Http2SecureServer) => void,
): Promise<RecordedServer> => {
  const server = createSecureServer({ key, cert, allowHTTP1: true });
  const requests: { fields: unknown[]; chunks: Buffer[] }[] = [];
  let connections = 0;
  server.on('secureConnection', () => (connections += 1));
  server.on('stream', (stream, headers) => {
    const request = { fields: Object.entries(headers), chunks: new Array<Buffer>() };
    requests.push(request);
    stream.on('error', () => undefined).on('data', (chunk: Buffer) => request.chunks.push(chunk));
  });
  serve(server);
  const { close } = recorder(server);
  await listening(server);
  const received = (): unknown[] => [
    { connections },
    ...requests.map(({ fields, chunks }) => [fields, bytes(Buffer.concat(chunks))]),
  ];
  return { port: portOf(server), received, close };
};
