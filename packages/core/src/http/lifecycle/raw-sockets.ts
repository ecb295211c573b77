import type { Socket } from 'node:net';

/** Tells the sockets of a drain apart, and is the same for the one inside a secure socket. */
const addressOf = (socket: Socket): string | undefined => {
  const { remoteAddress, remotePort, localAddress, localPort } = socket;
  // A client may use one port of its own towards several servers.
  return remoteAddress === undefined
    ? undefined
    : `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
};

/**
 * The sockets of a server that puts something between them and HTTP/1. Those whose handshake is not over are
 * known to nobody else: no request has come from them, and Node gives them two minutes.
 */
export class RawSockets {
  readonly #all = new Map<Socket, () => void>();
  readonly #shaking = new Map<string, Socket>();
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get size(): number {
    return this.#all.size;
  }

  readonly open = (socket: Socket): void => this.#track(socket, undefined);

  /** One that has to shake hands first. */
  readonly openSecure = (socket: Socket): void => {
    const address = addressOf(socket);
    if (address !== undefined) this.#shaking.set(address, socket);
    this.#track(socket, address);
  };

  readonly secured = (socket: Socket): void => {
    const address = addressOf(socket);
    if (address !== undefined) this.#shaking.delete(address);
  };

  /** Destroys those whose handshake is not over: no request can have come. */
  cutUnsecured(): void {
    for (const socket of this.#shaking.values()) socket.destroy();
  }

  cut(): void {
    for (const socket of this.#all.keys()) socket.destroy();
  }

  [Symbol.dispose](): void {
    for (const [socket, onClose] of this.#all) socket.removeListener('close', onClose);
    this.#all.clear();
    this.#shaking.clear();
  }

  #track(socket: Socket, address: string | undefined): void {
    const onClose = (): void => this.#lost(socket, address);
    this.#all.set(socket, onClose);
    socket.once('close', onClose);
  }

  #lost(socket: Socket, address: string | undefined): void {
    this.#all.delete(socket);
    // Another one may come from the same port before this one has told that it is closed.
    if (address !== undefined && this.#shaking.get(address) === socket)
      this.#shaking.delete(address);
    this.#changed();
  }
}
