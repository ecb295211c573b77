import { get, type IncomingMessage } from 'node:http';

/** Somebody who reads the feed of orders until it ends, or leaves before. */
export class FeedReader {
  /** 0 until there is an answer. */
  status = 0;
  orders = 0;
  /** Whether the server ended the feed properly. */
  complete = false;
  readonly #request;

  constructor(origin: string) {
    this.#request = get(`${origin}/orders/feed`, { agent: false });
    this.#request.once('response', (response) => this.#read(response));
    this.#request.on('error', () => undefined); // it left, or was cut off
  }

  leave(): void {
    this.#request.destroy();
  }

  #read(response: IncomingMessage): void {
    this.status = response.statusCode ?? 0;
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      this.orders += text.split('data: ').length - 1;
    });
    response.on('error', () => undefined);
    response.once('end', () => {
      this.complete = response.complete;
    });
  }
}
