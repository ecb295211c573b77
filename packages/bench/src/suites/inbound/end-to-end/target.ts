import { Connection } from './connection.ts';
import { Server } from './server.ts';

/** Requests that are under way at once, each on a connection of its own. */
export const CONNECTIONS = 50;

const US_PER_MS = 1_000;

/** What one request of a batch took. */
export interface Cost {
  /** Processor time of the server. */
  readonly cpuUs: number;
  /** Time of the batch over its requests: many are under way at once. */
  readonly wallUs: number;
  /** Allocated by the server; undefined where Node does not count it. */
  readonly bytes: number | undefined;
}

/** An app in a process of its own, and open connections to it. */
export class Target {
  readonly #server: Server;
  readonly #connections: readonly Connection[];

  private constructor(server: Server, connections: readonly Connection[]) {
    this.#server = server;
    this.#connections = connections;
  }

  static async start(app: string): Promise<Target> {
    const server = await Server.start(app);
    const opened = Array.from({ length: CONNECTIONS }, () => Connection.open(server.port));
    return new Target(server, await Promise.all(opened));
  }

  /** So many requests, `CONNECTIONS` of them at a time. */
  async batch(requests: number): Promise<Cost> {
    const before = await this.#server.usage();
    const begin = performance.now();
    await this.#askAll(requests);
    const wallMs = performance.now() - begin;
    const after = await this.#server.usage();
    return {
      cpuUs: (after.cpuUs - before.cpuUs) / requests,
      wallUs: (wallMs * US_PER_MS) / requests,
      bytes:
        after.allocatedBytes === undefined || before.allocatedBytes === undefined
          ? undefined
          : (after.allocatedBytes - before.allocatedBytes) / requests,
    };
  }

  stop(): void {
    for (const connection of this.#connections) connection.close();
    this.#server.stop();
  }

  async #askAll(requests: number): Promise<void> {
    let left = requests;
    const askOn = async (connection: Connection): Promise<void> => {
      while (left-- > 0) await connection.ask();
    };
    await Promise.all(this.#connections.map(askOn));
  }
}
