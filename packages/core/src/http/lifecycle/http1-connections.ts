import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { deadlinesOf, type DeadlineQueue } from '../../runtime/deadline-queue.ts';
import type { DrainSettings } from './drain-options.ts';
import { Goodbyes } from './goodbyes.ts';
import { Http1Connection, type ConnectionOwner } from './http1-connection.ts';

/**
 * How long a connection that was promised to stay open does so once it is idle: a request may be on its way.
 * Less than the half second in which a process has to leave after its last response.
 */
export const GRACE_MS = 250;

/** The connections of HTTP/1 of a drain's servers, those that were upgraded included. */
export class Http1Connections implements ConnectionOwner {
  inFlight = 0;
  readonly #all = new Map<Socket, { connection: Http1Connection; onClose: () => void }>();
  readonly #settings: DrainSettings;
  readonly #queue: DeadlineQueue;
  readonly #goodbyes: Goodbyes;
  readonly #changed: () => void;
  #draining = false;
  #closing = false;

  constructor(settings: DrainSettings, changed: () => void) {
    this.#settings = settings;
    this.#queue = deadlinesOf(settings.clock);
    this.#goodbyes = new Goodbyes(settings.onUpgraded, settings.clock);
    this.#changed = changed;
  }

  get size(): number {
    return this.#all.size;
  }

  get upgraded(): number {
    return this.#connections().filter(({ upgrade }) => upgrade !== undefined).length;
  }

  readonly open = (socket: Socket): void => {
    const connection = this.#of(socket);
    // Its handshake ended late.
    if (this.#closing) this.#endSoon(connection);
  };

  /** Runs for every request. */
  readonly begin = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.httpVersionMajor > 1) return; // counted as a stream
    const connection = this.#of(request.socket);
    if (!connection.begin(response)) return;
    this.inFlight++;
    if (this.#draining) connection.announceEnd();
  };

  /** The socket may be a stream round the one of the request, where a body was sent along. */
  readonly upgrade = (request: IncomingMessage, socket: Duplex): void => {
    const connection = this.#of(request.socket);
    const upgrade = { socket, request, bytesBefore: request.socket.bytesWritten };
    connection.upgrade = upgrade;
    this.#goodbyes.add(upgrade);
  };

  responseEnded(connection: Http1Connection): void {
    this.inFlight--;
    if (!this.#draining || !connection.isIdle || connection.isEnding) return;
    // Its client was not told, and may use it once more.
    this.#endSoon(connection);
  }

  /** From now on responses end their connections. */
  announce(): void {
    this.#draining = true;
    for (const connection of this.#connections()) connection.announceEnd();
  }

  /** Upgraded sockets are told to leave. */
  sayGoodbye(): void {
    const upgrades = this.#connections().flatMap(({ upgrade }) => upgrade ?? []);
    this.#goodbyes.begin(upgrades, this.#settings.upgradedSpreadMs);
  }

  /** Ends what is idle. Node's own way would cut responses that have been written but not sent. */
  endIdle(): void {
    this.#closing = true;
    for (const connection of this.#connections()) {
      if (!connection.isIdle || connection.position >= 0) continue;
      if (connection.isReceiving) this.#endSoon(connection);
      else connection.end();
    }
  }

  /** Destroys what is left, and tells how much was lost by it. */
  cut(): { readonly connections: number; readonly upgraded: number } {
    const all = this.#connections();
    const upgraded = all.filter(({ upgrade }) => upgrade !== undefined).length;
    const busy = all.filter((each) => each.open > 0 || (each.isIdle && each.isReceiving)).length;
    for (const { socket } of all) socket.destroy();
    return { connections: busy, upgraded };
  }

  /** Forgets all connections and leaves nothing with them. */
  [Symbol.dispose](): void {
    this.#goodbyes[Symbol.dispose]();
    for (const [socket, { connection, onClose }] of this.#all) {
      socket.removeListener('close', onClose);
      this.#queue.remove(connection);
      connection.lose();
    }
    this.#all.clear();
    this.#queue.tidy();
    this.inFlight = 0;
  }

  #connections(): readonly Http1Connection[] {
    return Array.from(this.#all.values(), ({ connection }) => connection);
  }

  /** A server that had connections before it was handed to the drain tells of them by their requests. */
  #of(socket: Socket): Http1Connection {
    const known = this.#all.get(socket);
    if (known !== undefined) return known.connection;
    const connection = new Http1Connection(socket, this);
    if (socket.closed) return connection;
    const onClose = (): void => this.#lost(connection);
    this.#all.set(socket, { connection, onClose });
    socket.once('close', onClose);
    return connection;
  }

  #lost(connection: Http1Connection): void {
    this.#all.delete(connection.socket);
    this.#queue.remove(connection);
    this.inFlight -= connection.lose();
    this.#changed();
  }

  #endSoon(connection: Http1Connection): void {
    this.#queue.remove(connection);
    connection.due = this.#settings.clock.now() + GRACE_MS;
    this.#queue.add(connection);
  }
}
