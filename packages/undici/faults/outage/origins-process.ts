// Origins on real sockets in a process of their own, which ends with its parent. Each can fail and heal.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a parent may say: how an origin is to be from now on, or what it wants counted. */
export interface Message {
  readonly id: number;
  readonly origin: number;
  readonly failing?: boolean;
  /** Paths that begin with it. */
  readonly path?: string;
  /** Times of day in milliseconds. */
  readonly from?: number;
  readonly to?: number;
}

export type Report =
  | { readonly ports: readonly number[] }
  | { readonly id: number; readonly count: number };

interface Arrival {
  readonly path: string;
  readonly at: number;
}

/** Of a failing origin's answers every third is none at all. */
const RESETS = 3;

class Origin {
  failing = false;
  readonly #arrivals: Arrival[] = [];

  readonly serve = (request: IncomingMessage, response: ServerResponse): void => {
    this.#arrivals.push({ path: request.url ?? '', at: Date.now() });
    if (!this.failing) response.end('{"id":1}');
    else if (this.#arrivals.length % RESETS === 0) request.socket.resetAndDestroy();
    else response.writeHead(503).end('{"error":"down"}');
  };

  count({ path = '', from = 0, to = Infinity }: Message): number {
    return this.#arrivals.filter(
      (each) => each.path.startsWith(path) && each.at >= from && each.at <= to,
    ).length;
  }
}

const listen = (origin: Origin): Promise<number> => {
  const server = createServer(origin.serve);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
};

const tell = (report: Report): void => void process.send?.(report);

const origins = Array.from({ length: Number(process.argv[2]) }, () => new Origin());

process.on('disconnect', () => process.exit());
process.on('message', (message: Message) => {
  const origin = origins[message.origin];
  if (origin === undefined) throw new Error(`no origin ${message.origin}`);
  if (message.failing !== undefined) origin.failing = message.failing;
  tell({ id: message.id, count: origin.count(message) });
});
tell({ ports: await Promise.all(origins.map(listen)) });
