import { storeContract } from '@holdfast/core/stateless/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { redisStore } from '../src/index.ts';
import { startCluster, startSentinel, startServer } from './rig/index.ts';
import {
  CLIENTS,
  CLUSTER_CLIENTS,
  PRIMARY,
  SENTINEL_CLIENTS,
  type Connect,
  type Connected,
} from './support/clients.ts';
import { KEY_SECRET } from './support/stores.ts';
import { describeWithServer } from './support/with-server.ts';

const CASES = storeContract().map(({ title, run }) => [title, run] as const);

interface Engine extends AsyncDisposable {
  readonly ports: readonly number[];
}

const alone = async (): Promise<Engine> => {
  const server = await startServer();
  return { ports: [server.port], [Symbol.asyncDispose]: () => server.stop() };
};

const bySentinel = async (): Promise<Engine> => {
  const server = await startServer();
  const sentinel = await startSentinel(PRIMARY, server.port);
  const stop = async (): Promise<void> => {
    await sentinel.stop();
    await server.stop();
  };
  return { ports: [sentinel.port], [Symbol.asyncDispose]: stop };
};

const contractOf = (
  clients: readonly (readonly [string, Connect])[],
  start: () => Promise<Engine>,
) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await start();
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  describe.each(clients)('by %s', (_name, connect) => {
    let connected: Connected;
    beforeAll(async () => {
      connected = await connect(engine.ports);
    });
    afterAll(() => connected[Symbol.dispose]());

    // At once: they use keys of their own and mostly wait.
    test.concurrent.each(CASES)('%s', async (_title, run) => {
      const createStore = () => redisStore({ driver: connected.driver, keySecret: KEY_SECRET });
      await expect(run(createStore)).resolves.toBeUndefined();
    });
  });
};

describeWithServer('a store on one server', () => contractOf(CLIENTS, alone));

describeWithServer('a store on the server that a sentinel tells', () =>
  contractOf(SENTINEL_CLIENTS, bySentinel),
);

describeWithServer('a store on a cluster', () => contractOf(CLUSTER_CLIENTS, startCluster));
