import { createServer, type Server } from 'node:http';
import { createServer as createHttp2Server, type Http2Server } from 'node:http2';
import { WebSocketServer } from 'ws';
import { handle } from './handle.ts';

export type Protocol = 'http1' | 'http2' | 'websocket';

const echoing = (): Server => {
  const server = createServer(handle);
  new WebSocketServer({ server }).on('connection', (socket) => {
    socket.on('message', (message) => socket.send(message));
    socket.on('error', () => undefined);
  });
  return server;
};

/** A server of each kind, not listening yet. */
export const servers: Readonly<Record<Protocol, () => Server | Http2Server>> = {
  http1: () => createServer(handle),
  http2: () => createHttp2Server(handle),
  websocket: echoing,
};
