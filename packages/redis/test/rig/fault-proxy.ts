import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

/** A TCP proxy before a server, which does to connections what networks do. */
export class FaultProxy {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #target: number;
  #latencyMs = 0;
  #silent = false;
  #deaf = false;
  #refuses = false;

  constructor(target: number) {
    this.#target = target;
    this.#server = createServer((near) => this.#accept(near));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  listen(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
  }

  /** Each chunk arrives so much later, each way. Less than before resets connections: nothing overtakes. */
  delay(latencyMs: number): void {
    if (latencyMs < this.#latencyMs) this.cut();
    this.#latencyMs = latencyMs;
  }

  /** Half-open: connections stand, and nothing passes, until `heal`. What was sent meanwhile is lost. */
  silence(): void {
    this.#silent = true;
  }

  /** What the server answers is lost, until `heal`; what it is sent arrives. */
  deafen(): void {
    this.#deaf = true;
  }

  /** Resets every connection; new ones are accepted. */
  cut(): void {
    for (const { near, far } of this.#pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
  }

  /** Resets every connection, new ones as well, until `heal`. */
  refuse(): void {
    this.#refuses = true;
    this.cut();
  }

  /** New connections go to another server. */
  redirect(target: number): void {
    this.#target = target;
  }

  /** From now on all passes; connections that missed something are reset, as a stream with a hole is none. */
  heal(): void {
    if (this.#silent || this.#deaf) this.cut();
    this.delay(0);
    this.#silent = false;
    this.#deaf = false;
    this.#refuses = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #accept(near: Socket): void {
    if (this.#refuses) {
      near.resetAndDestroy();
      return;
    }
    const pair: Pair = { near, far: connect(this.#target, '127.0.0.1') };
    this.#pairs.add(pair);
    this.#couple(pair.near, pair, (chunk) => this.#relay(pair.far, chunk));
    this.#couple(pair.far, pair, (chunk) => {
      if (!this.#deaf) this.#relay(pair.near, chunk);
    });
  }

  #couple(from: Socket, pair: Pair, onData: (chunk: Buffer) => void): void {
    from.setNoDelay(true);
    from.on('data', onData);
    // Its end follows at once.
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#pairs.delete(pair);
      pair.near.destroy();
      pair.far.destroy();
    });
  }

  #relay(to: Socket, chunk: Buffer): void {
    if (this.#silent) return;
    if (this.#latencyMs === 0) to.write(chunk);
    else setTimeout(() => void (to.destroyed || to.write(chunk)), this.#latencyMs);
  }
}

/** A proxy before the server on this port. */
export const startProxy = async (target: number): Promise<FaultProxy> => {
  const proxy = new FaultProxy(target);
  await proxy.listen();
  return proxy;
};
