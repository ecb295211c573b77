import type { Socket } from 'node:net';

/** Those who wait for the end of one connection, with one listener for all of them. */
class ConnectionEnd {
  readonly #socket: Socket;
  readonly #callbacks = new Set<() => void>();

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('close', this.#onClose);
  }

  add(callback: () => void): () => void {
    this.#callbacks.add(callback);
    return () => this.#remove(callback);
  }

  #remove(callback: () => void): void {
    this.#callbacks.delete(callback);
    if (this.#callbacks.size > 0) return;
    this.#socket.removeListener('close', this.#onClose);
    ends.delete(this.#socket);
  }

  readonly #onClose = (): void => {
    for (const callback of this.#callbacks) callback();
  };
}

const ends = new WeakMap<Socket, ConnectionEnd>();

/** Calls back when the connection ends, unless what it returns is called before. */
export const whenConnectionEnds = (socket: Socket, callback: () => void): (() => void) => {
  let end = ends.get(socket);
  if (end === undefined) {
    end = new ConnectionEnd(socket);
    ends.set(socket, end);
  }
  return end.add(callback);
};
