import { storeContract } from '@holdfast/core/stateless/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { redisStore } from '../src/index.ts';
import type { Connected } from './support/clients.ts';
import { ENGINES, type Engine } from './support/engines.ts';
import { KEY_SECRET } from './support/stores.ts';
import { describeWithServer } from './support/with-server.ts';

const CASES = storeContract().map(({ title, run }) => [title, run] as const);

for (const { title, start, clients } of ENGINES) {
  describeWithServer(`a store ${title}`, () => {
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
  });
}
