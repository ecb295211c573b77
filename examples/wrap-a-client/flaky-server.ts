import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

// A server that fails in the ways that servers do, and counts what reaches it.

/** A running server, and what it has seen so far. */
export interface FlakyServer {
  readonly origin: string;
  /** Requests that arrived. */
  readonly requests: number;
  /** Orders in its books. */
  readonly booked: number;
  /** What requests said of the time that their caller has left, in milliseconds. */
  readonly remainingMs: readonly number[];
  stop(): void;
}

class Books implements FlakyServer {
  origin = '';
  requests = 0;
  remainingMs: number[] = [];
  readonly #orders = new Set<string>();
  readonly #server = createServer((request, response) => this.#serve(request, response));

  get booked(): number {
    return this.#orders.size;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    this.origin = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    this.requests++;
    request.resume();
    const remaining = request.headers['x-request-timeout-ms'];
    if (typeof remaining === 'string') this.remainingMs.push(Number(remaining));
    // In `/hangs` nothing happens: the request is held until its caller leaves.
    if (request.url === '/price') response.writeHead(this.requests % 3 === 0 ? 503 : 200).end('5');
    else if (request.url === '/down') response.writeHead(500).end('down');
    else if (request.url === '/orders') this.#book(request, response);
  }

  /** Books an order once for each key, and loses every second answer after that. */
  #book({ headers, socket }: IncomingMessage, response: ServerResponse): void {
    this.#orders.add(String(headers['idempotency-key'] ?? `without a key: ${this.requests}`));
    if (this.requests % 2 === 0) socket.resetAndDestroy();
    else response.writeHead(201).end('booked');
  }
}

export const flakyServer = (): Promise<FlakyServer> => new Books().start();
