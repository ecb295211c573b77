import { startCluster, startSentinel, startServer, type RedisServer } from '../rig/index.ts';
import { CLIENTS, CLUSTER_CLIENTS, PRIMARY, SENTINEL_CLIENTS, type Connect } from './clients.ts';

/** Servers that are one store, and the ports to reach it by. */
export interface Engine extends AsyncDisposable {
  readonly ports: readonly number[];
  readonly servers: readonly RedisServer[];
}

const alone = async (): Promise<Engine> => {
  const server = await startServer();
  return {
    ports: [server.port],
    servers: [server],
    [Symbol.asyncDispose]: () => server.stop(),
  };
};

const bySentinel = async (): Promise<Engine> => {
  const server = await startServer();
  const sentinel = await startSentinel(PRIMARY, server.port);
  const stop = async (): Promise<void> => {
    await sentinel.stop();
    await server.stop();
  };
  return { ports: [sentinel.port], servers: [server], [Symbol.asyncDispose]: stop };
};

interface EngineKind {
  readonly title: string;
  readonly start: () => Promise<Engine>;
  readonly clients: readonly (readonly [string, Connect])[];
}

/** Each way to run a server, and the clients for it. */
export const ENGINES: readonly EngineKind[] = [
  { title: 'on one server', start: alone, clients: CLIENTS },
  { title: 'on the server that a sentinel tells', start: bySentinel, clients: SENTINEL_CLIENTS },
  { title: 'on a cluster', start: startCluster, clients: CLUSTER_CLIENTS },
];
