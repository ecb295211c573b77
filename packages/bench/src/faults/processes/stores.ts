import type { Store } from '@holdfast/core/stateless';
import { fromNodeRedis, redisStore } from '@holdfast/redis';
import { createClient } from 'redis';
import { SECRET } from '../app/parts.ts';

/** With the defaults that most people have. */
const clientOf = (port: number) => createClient({ url: `redis://127.0.0.1:${port}` });

type Client = ReturnType<typeof clientOf>;

const connected = async (port: number): Promise<Client> => {
  const client = clientOf(port);
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

/** A store on Redis for this process, and the client it talks with. */
export interface Opened {
  readonly store: Store;
  readonly client: Client;
  readonly close: () => Promise<void>;
}

export const openStore = async (
  port: number,
  options: Partial<Omit<Parameters<typeof redisStore>[0], 'driver'>> = {},
): Promise<Opened> => {
  const client = await connected(port);
  const store = redisStore({ keySecret: SECRET, ...options, driver: fromNodeRedis(client) });
  const close = async (): Promise<void> => {
    await store[Symbol.asyncDispose]();
    client.destroy();
  };
  return { store, client, close };
};

/** A store for as long as it is used. */
export const withStore = async <T>(
  port: number,
  use: (store: Store, opened: Opened) => Promise<T>,
): Promise<T> => {
  const opened = await openStore(port);
  try {
    return await use(opened.store, opened);
  } finally {
    await opened.close();
  }
};
