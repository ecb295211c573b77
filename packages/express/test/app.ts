import { createServer, request, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import { circuitBreaker, countWindow, type CircuitBreaker } from '@holdfast/core';
import express, { type Express } from 'express';
import { afterEach } from 'vitest';

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

/** Serves an Express app on a free port until the test is over. */
export const serve = async (build: (app: Express) => unknown): Promise<string> => {
  const app = express();
  app.set('env', 'test'); // the final handler then prints nothing
  build(app);
  const server = createServer(app);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  cleanUps.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** Opens at the second failure of two calls. */
export const circuitOf = (): CircuitBreaker => {
  const circuit = circuitBreaker({
    name: 'orders',
    trip: countWindow({ size: 2, failureRate: 1 }),
    open: { baseMs: 4_200, jitter: 0 },
  });
  cleanUps.push(() => circuit[Symbol.dispose]());
  return circuit;
};

/** How the calls so far were judged. Calls under way are in none of the three. */
export const verdicts = (
  circuit: CircuitBreaker,
): { successes: number; failures: number; ignored: number; inFlight: number } => {
  const { counters, inFlight } = circuit.snapshot();
  const { successes, failures, ignored } = counters;
  return { successes, failures, ignored, inFlight };
};

/** Something that another part of the test brings about. */
export const gate = (): { readonly opened: Promise<void>; open(): void } => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
};

export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A GET through node:http, which shows how a connection ended; `init` may carry an agent. */
export const get = (url: string, init: RequestOptions = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const outgoing = request(url, init, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
      response.on('end', () => {
        const { statusCode: status, headers } = response;
        resolve({ status, headers, text: Buffer.concat(chunks).toString() });
      });
    });
    outgoing.on('error', reject).end();
  });
