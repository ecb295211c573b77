import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { RedisServer } from './redis-server.ts';

/** A sentinel that tells where the primary of this name is: the server on this port. */
export const startSentinel = async (name: string, primaryPort: number): Promise<RedisServer> => {
  const port = await freePort();
  const server = new RedisServer(port, (folder) => {
    const path = join(folder, 'sentinel.conf');
    const lines = [
      `port ${port}`,
      `bind 127.0.0.1`,
      `dir ${folder}`,
      `sentinel monitor ${name} 127.0.0.1 ${primaryPort} 1`,
    ];
    writeFileSync(path, `${lines.join('\n')}\n`);
    return [path, '--sentinel'];
  });
  await server.start();
  return server;
};
