import { infoField } from './ask.ts';
import { startServer, type RedisServer } from './redis-server.ts';
import { until } from './until.ts';

/** A server that follows the one behind this port, which may be a fault proxy before it. */
export const startReplica = async (primaryPort: number): Promise<RedisServer> => {
  const replica = await startServer('--replicaof', `127.0.0.1 ${primaryPort}`);
  await until(
    'replica',
    async () => (await infoField(replica.port, 'master_link_status')) === 'up',
  );
  return replica;
};

/** What a failover does: it takes writes from now on, with what it has got until now. */
export const promote = async (replica: RedisServer): Promise<void> => {
  await replica.ask('REPLICAOF', 'NO', 'ONE');
  await until('promotion', async () => (await infoField(replica.port, 'role')) === 'master');
};
