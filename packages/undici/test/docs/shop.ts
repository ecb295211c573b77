import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { Dispatcher } from 'undici';
import { afterTest, listen } from '../origin.ts';

export { afterTest };

/** A request that reached the shop. */
export interface Seen {
  readonly headers: IncomingHttpHeaders;
  readonly length: number;
}

export interface Shop {
  readonly url: string;
  readonly seen: readonly Seen[];
}

/** A server that answers with these statuses in turn, and then with the last of them. */
export const shopOf = async (
  statuses: readonly number[],
  fields: Record<string, string> = {},
): Promise<Shop> => {
  const seen: Seen[] = [];
  const serve: RequestListener = (request, response) => {
    const mine = { headers: request.headers, length: 0 };
    seen.push(mine);
    const status = statuses[Math.min(seen.length, statuses.length) - 1] ?? 200;
    request.on('data', (chunk: Buffer) => (mine.length += chunk.length));
    request.on('end', () => {
      response.writeHead(status, fields).end(`${request.method} ${request.url}`);
    });
  };
  return { url: await listen(createServer(serve)), seen };
};

/** A dispatcher that is closed when the test is over. */
export const closing = <D extends Dispatcher>(dispatcher: D): D => {
  afterTest(() => dispatcher.destroy());
  return dispatcher;
};
