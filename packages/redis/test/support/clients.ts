import { Cluster, Redis } from 'ioredis';
import { Cluster as ValkeyCluster, Redis as Valkey } from 'iovalkey';
import { createClient, createCluster, createSentinel } from 'redis';
import { fromIoredis, fromNodeRedis, type RedisDriver } from '../../src/index.ts';

/** A real client in front of a test's own server. */
export interface Connected extends Disposable {
  readonly driver: RedisDriver;
}

/** Connects to the servers behind these ports of 127.0.0.1. */
export type Connect = (ports: readonly number[]) => Promise<Connected>;

const silent = (): void => undefined;
const urlOf = (port: number): string => `redis://127.0.0.1:${port}`;
const nodesOf = (ports: readonly number[]): { host: string; port: number }[] =>
  ports.map((port) => ({ host: '127.0.0.1', port }));

export const nodeRedis = async ([port = 0]: readonly number[]): Promise<Connected> => {
  const client = createClient({ url: urlOf(port), socket: { reconnectStrategy: 50 } });
  client.on('error', silent);
  await client.connect();
  return { driver: fromNodeRedis(client), [Symbol.dispose]: () => client.destroy() };
};

const ioredisWith =
  (options: object = {}): Connect =>
  async ([port = 0]) => {
    const always = { lazyConnect: true, retryStrategy: () => 50 };
    const client = new Redis(port, '127.0.0.1', { ...always, ...options });
    client.on('error', silent);
    await client.connect();
    return { driver: fromIoredis(client), [Symbol.dispose]: () => client.disconnect() };
  };

const iovalkey: Connect = async ([port = 0]) => {
  const client = new Valkey(port, '127.0.0.1', { lazyConnect: true, retryStrategy: () => 50 });
  client.on('error', silent);
  await client.connect();
  return { driver: fromIoredis(client), [Symbol.dispose]: () => client.disconnect() };
};

const nodeRedisCluster: Connect = async (ports) => {
  const cluster = createCluster({ rootNodes: ports.map((port) => ({ url: urlOf(port) })) });
  cluster.on('error', silent);
  await cluster.connect();
  return { driver: fromNodeRedis(cluster), [Symbol.dispose]: () => cluster.destroy() };
};

const ioredisClusterWith =
  (options: object = {}): Connect =>
  async (ports) => {
    const cluster = new Cluster(nodesOf(ports), { lazyConnect: true, ...options });
    cluster.on('error', silent);
    await cluster.connect();
    return { driver: fromIoredis(cluster), [Symbol.dispose]: () => cluster.disconnect() };
  };

const PIPELINES = { enableAutoPipelining: true };

const iovalkeyCluster: Connect = async (ports) => {
  const cluster = new ValkeyCluster(nodesOf(ports), { lazyConnect: true });
  cluster.on('error', silent);
  await cluster.connect();
  return { driver: fromIoredis(cluster), [Symbol.dispose]: () => cluster.disconnect() };
};

/** What the primary is called by its sentinel. */
export const PRIMARY = 'main';

const nodeRedisSentinel: Connect = async (ports) => {
  const client = createSentinel({ name: PRIMARY, sentinelRootNodes: nodesOf(ports) });
  client.on('error', silent);
  await client.connect();
  return { driver: fromNodeRedis(client), [Symbol.dispose]: () => void client.destroy() };
};

const ioredisSentinel: Connect = async (ports) => {
  const client = new Redis({ sentinels: nodesOf(ports), name: PRIMARY, lazyConnect: true });
  client.on('error', silent);
  await client.connect();
  return { driver: fromIoredis(client), [Symbol.dispose]: () => client.disconnect() };
};

const iovalkeySentinel: Connect = async (ports) => {
  const client = new Valkey({ sentinels: nodesOf(ports), name: PRIMARY, lazyConnect: true });
  client.on('error', silent);
  await client.connect();
  return { driver: fromIoredis(client), [Symbol.dispose]: () => client.disconnect() };
};

/** Each client, by name, to one server. */
export const CLIENTS: readonly (readonly [string, Connect])[] = [
  ['node-redis', nodeRedis],
  ['ioredis', ioredisWith()],
  ['ioredis that makes pipelines', ioredisWith(PIPELINES)],
  ['iovalkey', iovalkey],
];

/** Each client, by name, to a cluster. */
export const CLUSTER_CLIENTS: readonly (readonly [string, Connect])[] = [
  ['node-redis', nodeRedisCluster],
  ['ioredis', ioredisClusterWith()],
  ['ioredis that makes pipelines', ioredisClusterWith(PIPELINES)],
  ['iovalkey', iovalkeyCluster],
];

/** Each client, by name, to the server that a sentinel tells. */
export const SENTINEL_CLIENTS: readonly (readonly [string, Connect])[] = [
  ['node-redis', nodeRedisSentinel],
  ['ioredis', ioredisSentinel],
  ['iovalkey', iovalkeySentinel],
];
