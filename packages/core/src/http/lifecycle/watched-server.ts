import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { isHttp1 } from './drain-options.ts';
import { listenAlong } from './listen-along.ts';
import { processWide } from '../../runtime/process-wide.ts';
import type { Traffic } from './traffic.ts';
import type { DrainableServer } from './types.ts';

type Listener = Parameters<EventEmitter['on']>[1];

/** By a method of its own: to load `node:tls` for its class takes milliseconds. */
const isTls = (server: DrainableServer): boolean => 'setSecureContext' in server;

/** What tells of connections, by the kind of server. */
const connectionListeners = (
  server: DrainableServer,
  { http1, http2, raw }: Traffic,
): Readonly<Record<string, Listener>> => {
  if (!isTls(server))
    return isHttp1(server)
      ? { connection: http1.open }
      : { connection: raw.open, session: http2.open, stream: http2.begin };
  const secureConnection = (socket: TLSSocket): void => {
    raw.secured(socket);
    if (isHttp1(server) || socket.alpnProtocol !== 'h2') http1.open(socket);
  };
  return isHttp1(server)
    ? { connection: raw.openSecure, secureConnection }
    : {
        connection: raw.openSecure,
        secureConnection,
        session: http2.open,
        stream: http2.begin,
      };
};

/**
 * What tells of requests of HTTP/1. Only where the user listens too: Node makes requests of streams where
 * anybody listens to `request` of an HTTP/2 server, and leaves it to listeners to continue or to upgrade.
 */
const requestListeners = ({ http1 }: Traffic): Readonly<Record<string, Listener>> => {
  const upgrade = (request: IncomingMessage, socket: Duplex): void => {
    // Over HTTP/2 there is no such event; CONNECT comes as a request with a stream of its own.
    if (request.httpVersionMajor === 1) http1.upgrade(request, socket);
  };
  return {
    request: http1.begin,
    checkContinue: http1.begin,
    checkExpectation: http1.begin,
    upgrade,
    connect: upgrade,
  };
};

/**
 * Takes no more connections. A server of HTTP/1 ends its idle connections as it closes, by a method of its own:
 * for this call it has another one. To go round its `close` would leave it its timer, and so its memory.
 */
const closeGently = (server: DrainableServer): void => {
  if (!isHttp1(server)) {
    NetServer.prototype.close.call(server);
    return;
  }
  const own = Object.getOwnPropertyDescriptor(server, 'closeIdleConnections');
  Object.defineProperty(server, 'closeIdleConnections', {
    value: () => undefined,
    configurable: true,
  });
  try {
    server.close();
  } finally {
    if (own === undefined) Reflect.deleteProperty(server, 'closeIdleConnections');
    else Object.defineProperty(server, 'closeIdleConnections', own);
  }
};

/** How many drains that signals start have each server. */
const ending = processWide('ending', () => new WeakMap<object, number>());

/** Whether a drain has this server that a signal starts, and `superviseExits` does. */
export const endsOnSignals = (server: object): boolean => (ending.get(server) ?? 0) > 0;

/** What a server of a drain tells its drain, and what is known of the drain. */
export interface WatchParts {
  /** Hears when it is closed. */
  readonly changed: () => void;
  /** Hears when it is closed though nobody has said `stopAccepting`. */
  readonly left: () => void;
  readonly endsOnSignals: boolean;
}

/** One server of a drain. */
export class WatchedServer {
  /** Whether it takes no more connections and has none. Never before `stopAccepting`. */
  closed = false;
  /** Connections so far. */
  accepted = 0;
  readonly #server: DrainableServer;
  readonly #parts: WatchParts;
  readonly #own: Readonly<Record<string, Listener>>;
  readonly #along: Disposable;
  #stopped = false;
  #disposed = false;

  constructor(server: DrainableServer, traffic: Traffic, parts: WatchParts) {
    this.#server = server;
    this.#parts = parts;
    this.#count(1);
    this.#own = connectionListeners(server, traffic);
    const emitter: EventEmitter = server;
    for (const [event, listener] of Object.entries(this.#own))
      emitter.prependListener(event, listener);
    server.on('connection', this.#onConnection).on('close', this.#onClose);
    this.#along = listenAlong(server, requestListeners(traffic));
  }

  /** Takes no more connections, and leaves idle ones open, which a server's own `close` would end. */
  stopAccepting(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    const server = this.#server;
    server.on('listening', this.#refuse);
    if (server.listening) this.#refuse();
    // Not listening, or not any more: another `close` would tell the user's listeners of it twice.
    else server.getConnections((_error, count) => this.#settle(count));
  }

  /** Ends idle connections that were there before the drain, and of which no request has told. */
  endUnknown(): void {
    if (!this.closed && 'closeIdleConnections' in this.#server) this.#server.closeIdleConnections();
  }

  /** Destroys what is left of such connections, and tells how many had work. */
  async cutUnknown(): Promise<number> {
    this.endUnknown();
    const left = await new Promise<number>((resolve) => {
      this.#server.getConnections((error, count) => resolve(error === null ? count : 0));
    });
    if (!this.closed && !this.#disposed && isHttp1(this.#server))
      this.#server.closeAllConnections();
    return left;
  }

  [Symbol.dispose](): void {
    if (!this.#disposed) this.#count(-1);
    this.#disposed = true;
    const emitter: EventEmitter = this.#server;
    for (const [event, listener] of Object.entries(this.#own))
      emitter.removeListener(event, listener);
    emitter.removeListener('connection', this.#onConnection);
    emitter.removeListener('close', this.#onClose);
    emitter.removeListener('listening', this.#refuse);
    this.#along[Symbol.dispose]();
  }

  #count(step: number): void {
    if (!this.#parts.endsOnSignals) return;
    ending.set(this.#server, (ending.get(this.#server) ?? 0) + step);
  }

  #settle(connections: number): void {
    if (connections === 0 && !this.#server.listening && !this.#disposed) this.#onClose();
  }

  /** At once, or as soon as it listens after all. */
  readonly #refuse = (): void => {
    this.closed = false;
    closeGently(this.#server);
  };

  readonly #onConnection = (): void => {
    this.accepted++;
  };

  readonly #onClose = (): void => {
    if (!this.#stopped) return this.#parts.left();
    this.closed = true;
    this.#parts.changed();
  };
}
