import type { Server } from 'node:http';
import type { Http2Server } from 'node:http2';

/** How long a contestant may take, where it takes an option for that. */
export const BUDGET_MS = 3_000;

/** How long Holdfast still lets connections in, where it is told to. */
export const ANNOUNCE_MS = 500;

/** Makes the process of a server end on SIGTERM; with code 0 where all went well. */
export type Prepare = (server: Server | Http2Server) => void | Promise<void>;

/** The server, where a contestant knows only HTTP/1.1. */
export const asHttp1 = (server: Server | Http2Server): Server => {
  if ('closeIdleConnections' in server) return server;
  throw new Error('this contestant knows only HTTP/1.1');
};
