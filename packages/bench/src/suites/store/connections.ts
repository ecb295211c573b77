import type { Store } from '@holdfast/core/stateless';
import { fromIoredis, fromNodeRedis, redisStore } from '@holdfast/redis';
import { Redis } from 'ioredis';
import type { IRateLimiterRedisOptions } from 'rate-limiter-flexible';
import { createClient } from 'redis';
import { ownRedis } from './own-redis.ts';
import type { Info } from './traffic.ts';

const KEY_SECRET = 'a secret of the bench, longer than thirty-two bytes';

/** One client, and everybody who uses it. */
export interface Connection {
  readonly store: Store;
  /** How rate-limiter-flexible is given the client. */
  readonly flexible: Pick<IRateLimiterRedisOptions, 'storeClient' | 'useRedisPackage'>;
  readonly ping: () => Promise<unknown>;
  readonly info: Info;
}

const nodeRedisClient = (port: number) => createClient({ url: `redis://127.0.0.1:${port}` });

/** A connection whose client others can be given, too. */
export interface NodeRedis extends Connection {
  readonly client: ReturnType<typeof nodeRedisClient>;
}

export const nodeRedis = async (): Promise<NodeRedis> => {
  const client = nodeRedisClient(await ownRedis());
  await client.connect();
  return {
    client,
    store: redisStore({ driver: fromNodeRedis(client), keySecret: KEY_SECRET }),
    // It does not recognise this client by itself.
    flexible: { storeClient: client, useRedisPackage: true },
    ping: () => client.ping(),
    info: (section) => client.info(section),
  };
};

const ioredis = async (): Promise<Connection> => {
  const client = new Redis(await ownRedis(), '127.0.0.1');
  await client.ping();
  return {
    store: redisStore({ driver: fromIoredis(client), keySecret: KEY_SECRET }),
    flexible: { storeClient: client },
    ping: () => client.ping(),
    info: (section) => client.info(section),
  };
};

/** A connection of each client to a Redis of this process. */
export const connections = { 'node-redis': nodeRedis, ioredis } as const;

export type ClientName = keyof typeof connections;
