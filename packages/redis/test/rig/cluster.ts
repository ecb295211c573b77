import { serverWith, startOnFreePorts, type RedisServer } from './redis-server.ts';
import { until } from './until.ts';

const SLOTS = 16_384;
const PRIMARIES = 3;

/** Three primaries that share the slots. */
export interface RedisCluster extends AsyncDisposable {
  readonly servers: readonly RedisServer[];
  readonly ports: readonly number[];
}

const startNode = async (): Promise<{ server: RedisServer; busPort: string }> => {
  let busPort = '';
  const server = await startOnFreePorts((port, another) => {
    busPort = String(another);
    return serverWith(port, ['--cluster-enabled', 'yes', '--cluster-port', busPort]);
  });
  return { server, busPort };
};

export const startCluster = async (): Promise<RedisCluster> => {
  const nodes = await Promise.all(Array.from({ length: PRIMARIES }, startNode));
  const servers = nodes.map(({ server }) => server);
  const [first] = servers;
  for (const [index, { server, busPort }] of nodes.entries()) {
    const from = Math.floor((index * SLOTS) / PRIMARIES);
    const to = Math.floor(((index + 1) * SLOTS) / PRIMARIES) - 1;
    await server.ask('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to));
    await first?.ask('CLUSTER', 'MEET', '127.0.0.1', String(server.port), busPort);
  }
  const knowsAll = async (server: RedisServer): Promise<boolean> => {
    const info = String(await server.ask('CLUSTER', 'INFO'));
    // What is published goes by these links, and is lost where there is none yet.
    const known = String(await server.ask('CLUSTER', 'NODES')).split('\n');
    const linked = known.filter((node) => / connected/.test(node) && !node.includes('handshake'));
    const isWhole = info.includes('cluster_state:ok') && info.includes(`cluster_size:${PRIMARIES}`);
    return isWhole && linked.length === PRIMARIES;
  };
  await until('cluster', async () => (await Promise.all(servers.map(knowsAll))).every(Boolean));
  return {
    servers,
    ports: servers.map(({ port }) => port),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
};
