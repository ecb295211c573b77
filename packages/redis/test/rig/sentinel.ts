import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RedisServer, startOnFreePorts } from './redis-server.ts';

/** A sentinel that tells where the primary of this name is: the server on this port. */
export const startSentinel = (name: string, primaryPort: number): Promise<RedisServer> =>
  startOnFreePorts((port) => {
    const argumentsOf = (folder: string): readonly string[] => {
      const path = join(folder, 'sentinel.conf');
      const lines = [
        `port ${port}`,
        `bind 127.0.0.1`,
        `dir ${folder}`,
        `sentinel monitor ${name} 127.0.0.1 ${primaryPort} 1`,
      ];
      writeFileSync(path, `${lines.join('\n')}\n`);
      return [path, '--sentinel'];
    };
    return new RedisServer(port, argumentsOf);
  });
