import type { Server } from 'node:net';

/** What the server has seen of one path. */
export interface Count {
  /** When each request came, in milliseconds since the first. */
  readonly arrivals: readonly number[];
  /** Connections that carried such a request and are still open. */
  readonly sockets: number;
}

/** Something that is open until it says that it has closed: a socket, or an HTTP/2 session. */
interface Connection {
  once(event: 'close', listener: () => void): unknown;
}

interface Path {
  readonly arrivals: number[];
  readonly open: Set<Connection>;
}

/** Counts requests by path, and the connections that they came over. */
export class Census {
  readonly #paths = new Map<string, Path>();
  readonly #sockets = new Set<Connection>();

  /** Every connection to this server counts, also one that never carries a request. */
  watch(server: Server): void {
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined); // resets are what this is about
    });
  }

  /** A request has come; tells which one of its path it is, 1 for the first. */
  arrived(name: string, connection: Connection): number {
    const path = this.#paths.get(name) ?? { arrivals: [], open: new Set() };
    this.#paths.set(name, path);
    path.arrivals.push(performance.now());
    if (!path.open.has(connection)) {
      path.open.add(connection);
      connection.once('close', () => path.open.delete(connection));
    }
    return path.arrivals.length;
  }

  of(name: string): Count {
    const { arrivals, open } = this.#paths.get(name) ?? { arrivals: [], open: new Set() };
    const [first = 0] = arrivals;
    return { arrivals: arrivals.map((at) => at - first), sockets: open.size };
  }

  /** Connections of any kind that are open now. */
  get sockets(): number {
    return this.#sockets.size;
  }
}
