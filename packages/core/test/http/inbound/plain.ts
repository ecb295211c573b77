import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { exchangeOf, guardsOf, type Guards } from '../../../src/http/inbound/index.ts';

export type Subject = readonly [request: IncomingMessage, response: ServerResponse];
export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;
type Guarding = (handler: Handler) => Handler;

/** The guards without any framework: each is put round a handler. */
export const guards: Guards<Subject, Guarding> = guardsOf<Subject, Guarding>({
  middleware: (gate) => (handler) => async (request, response) => {
    const exchange = exchangeOf(request, response);
    if (await gate(exchange, [request, response]))
      await exchange.proceed(() => handler(request, response));
  },
  routeOf: (request) => String(request.url),
});

/** Serves a handler until the test is over. */
export const serve = async (handler: Handler): Promise<string> => {
  const server = createServer((request, response) => void handler(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

export interface Seen {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export const get = async (url: string, init?: RequestInit): Promise<Seen> => {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
};

/** Answers with the status that the query names, 200 by default. */
export const answering: Handler = ({ url = '' }, response) => {
  response.statusCode = Number(new URL(url, 'http://x').searchParams.get('status') ?? 200);
  response.end('done');
};
