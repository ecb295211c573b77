import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Koa from 'koa';
import { onTestFinished } from 'vitest';

/** Listens on a free port until the test is over. */
const listening = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** Serves an app on a free port until the test is over. */
export const serving = (app: Pick<Koa, 'callback'>): Promise<string> =>
  listening(createServer(app.callback() as RequestListener)); // its promise never rejects

/** Gives back what a test has made, once it is over. */
export const disposing = <D extends Disposable>(made: D): D => {
  onTestFinished(() => made[Symbol.dispose]());
  return made;
};

/** The statuses of as many requests, one after the other. */
export const statusesOf = async (
  times: number,
  url: string,
  init?: RequestInit,
): Promise<number[]> => {
  const statuses: number[] = [];
  for (let left = times; left > 0; left--) {
    const response = await fetch(url, init);
    await response.bytes();
    statuses.push(response.status);
  }
  return statuses;
};
