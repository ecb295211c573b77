import type { Server, Socket } from 'node:net';
import type { Clock } from '@holdfast/core';
import { within } from './within.ts';

/** How much of the deadline the sockets have before they are ended. */
const QUIET_SHARE = 0.9;

/**
 * Servers of `node:net` and `node:tls`. Of what they speak nothing is known: they take no connection any more, and
 * what is open has until shortly before the deadline to end by itself, is then ended, and is cut at the deadline.
 */
export class RawServers {
  readonly #clock: Clock;
  readonly #servers = new Set<Server>();
  readonly #sockets = new Set<Socket>();
  #ending = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(server: Server): void {
    if (this.#ending) {
      server.close();
      return;
    }
    if (this.#servers.has(server)) return;
    this.#servers.add(server);
    // To load `node:tls` for its class would cost the start of every worker milliseconds.
    const isTls = 'setSecureContext' in server;
    server.on(isTls ? 'secureConnection' : 'connection', this.#open);
  }

  /** Resolves with how many sockets are still open when the deadline hits, or as soon as none is. Never rejects. */
  async end(deadlineMs: number): Promise<number> {
    this.#ending = true;
    const closed = Promise.all(Array.from(this.#servers, closing));
    const quietMs = deadlineMs * QUIET_SHARE;
    if ((await within(this.#clock, quietMs, closed)) !== undefined) return 0;
    for (const socket of this.#sockets) socket.end();
    const ended = await within(this.#clock, deadlineMs - quietMs, closed);
    return ended === undefined ? this.#sockets.size : 0;
  }

  readonly #open = (socket: Socket): void => {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  };
}

const closing = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    // The error is that it does not listen.
    server.close(() => resolve());
  });
