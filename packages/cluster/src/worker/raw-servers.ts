import type { Server, Socket } from 'node:net';
import type { Clock } from '@holdfast/core';
import { within } from '../within.ts';

/** How much of the deadline the sockets have before they are ended, and before they are cut: teardown needs the rest. */
const QUIET_SHARE = 0.8;
const OPEN_SHARE = 0.9;

/**
 * Servers of `node:net` and `node:tls`. Of what they speak nothing is known: they take no connection any more, and
 * what is open has until shortly before the deadline to end by itself, is then ended, and is cut in time for teardown.
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
    const event = isTls ? 'secureConnection' : 'connection';
    server.on(event, this.#open);
    server.once('close', () => {
      server.off(event, this.#open);
      this.#servers.delete(server);
    });
  }

  /** Resolves as soon as no socket is open, or with how many it had to cut. Never rejects. */
  async end(deadlineMs: number): Promise<number> {
    this.#ending = true;
    const over = this.#close();
    const quietMs = deadlineMs * QUIET_SHARE;
    const openMs = deadlineMs * OPEN_SHARE;
    if ((await within(this.#clock, quietMs, over)) !== undefined) return 0;
    for (const socket of this.#sockets) socket.end();
    const ended = await within(this.#clock, openMs - quietMs, over);
    if (ended !== undefined) return 0;
    const cut = [...this.#sockets];
    for (const socket of cut) socket.destroy();
    await within(this.#clock, deadlineMs - openMs, over);
    return cut.length;
  }

  async #close(): Promise<readonly unknown[]> {
    await Promise.all(Array.from(this.#servers, closing));
    // A server is closed a moment before its sockets tell that they are.
    return Promise.all(Array.from(this.#sockets, closed));
  }

  readonly #open = (socket: Socket): void => {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  };
}

const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.once('close', () => resolve());
  });

const closing = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    // The error is that it does not listen.
    server.close(() => resolve());
  });
