import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';

/** A port that nobody listens on now. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
};

/** Asks over a connection of its own. */
export const ask = (port: number, path = '/'): Promise<string> =>
  new Promise((resolve, reject) => {
    const request = get({ port, path, agent: new Agent() }, (response) => resolve(text(response)));
    request.once('error', reject);
  });
