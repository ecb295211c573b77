import { execFileSync } from 'node:child_process';
import {
  findServer,
  HOW_TO_GET_IT,
  promote,
  startProxy,
  startReplica,
  startServer,
  type FaultProxy,
  type RedisServer,
} from '../../../../redis/test/rig/index.ts';
import type { Keeping } from './keeping.ts';

export type { FaultProxy, RedisServer };

/** What the server says it is. */
export const versionOfRedis = (): string => {
  const binary = findServer();
  if (binary === undefined) throw new Error(HOW_TO_GET_IT);
  const text = execFileSync(binary, ['--version'], { encoding: 'utf8' });
  return text.split(' ').slice(0, 3).join(' ');
};

const folderOf = async (server: RedisServer): Promise<string> => {
  const answer = await server.ask('CONFIG', 'GET', 'dir');
  const folder = Array.isArray(answer) ? answer[1] : undefined;
  if (typeof folder !== 'string') throw new Error('the server does not tell its folder');
  return folder;
};

/** Has the keeper end it where this process cannot. */
const kept = async (server: RedisServer, keeping: Keeping): Promise<RedisServer> => {
  keeping.add({ pid: server.pid, folder: await folderOf(server) });
  return server;
};

const stop = async (server: RedisServer, keeping: Keeping): Promise<void> => {
  await server.stop();
  keeping.remove({ pid: server.pid });
};

/** A server that does not outlive this process. */
export const startKept = async (keeping: Keeping): Promise<RedisServer> =>
  kept(await startServer(), keeping);

/** A server of its own for as long as it is used. */
export const withRedis = async <T>(
  keeping: Keeping,
  use: (server: RedisServer) => Promise<T>,
): Promise<T> => {
  const server = await startKept(keeping);
  try {
    return await use(server);
  } finally {
    await stop(server, keeping);
  }
};

/** Starts a server anew that was killed. */
export const restart = async (server: RedisServer, keeping: Keeping): Promise<void> => {
  keeping.remove({ pid: server.pid });
  await server.start();
  await kept(server, keeping);
};

/** What stands between a client and the server on this port. */
export const withProxy = async <T>(
  port: number,
  use: (proxy: FaultProxy) => Promise<T>,
): Promise<T> => {
  const proxy = await startProxy(port);
  try {
    return await use(proxy);
  } finally {
    await proxy[Symbol.asyncDispose]();
  }
};

/** A primary, and a replica that follows it over a link that can be cut. */
export interface Pair {
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  readonly link: FaultProxy;
  readonly promote: () => Promise<void>;
}

export const withPair = <T>(keeping: Keeping, use: (pair: Pair) => Promise<T>): Promise<T> =>
  withRedis(keeping, (primary) =>
    withProxy(primary.port, async (link) => {
      const replica = await kept(await startReplica(link.port), keeping);
      try {
        return await use({ primary, replica, link, promote: () => promote(replica) });
      } finally {
        await stop(replica, keeping);
      }
    }),
  );
