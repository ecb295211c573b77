import { memoryStore, type Store } from '@holdfast/core/stateless';
import { fromNodeRedis, redisStore } from '@holdfast/redis';
import { createClient } from 'redis';

/** One Redis for all processes, or the memory of this one where there is none. */
export const openStore = async (url: string | undefined): Promise<Store> => {
  if (url === undefined) return memoryStore();
  const client = createClient({ url });
  client.on('error', () => undefined); // the store tells it, once
  await client.connect();
  return redisStore({
    driver: fromNodeRedis(client),
    keySecret: process.env['KEY_SECRET'] ?? 'only for this example!',
  });
};
