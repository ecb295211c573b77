import { MemoryEngine } from '../../core/src/stateless/memory/memory-engine.ts';
import { key } from '@holdfast/core/stateless';
import { seededRandom } from '@holdfast/core/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { perform, StepSource, told, type Step } from '../../core/test/stateless/model/steps.ts';
import { StoreModel } from '../../core/test/stateless/model/store-model.ts';
import { ARGUMENT_TIME } from '../src/scripts/prelude.ts';
import { scriptsBy } from '../src/scripts/scripts.ts';
import { startServer, type RedisServer } from './rig/index.ts';
import { nodeRedis, type Connected } from './support/clients.ts';
import { rawStore } from './support/stores.ts';
import { toldTheTime } from './support/told-the-time.ts';
import { describeWithServer } from './support/with-server.ts';

const SEED = Number(process.env['HOLDFAST_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
const RUNS = 20;
const STEPS = 1_250;
/** Now and then the server forgets all scripts. */
const FLUSH = 0.003;
const SCRIPTS = scriptsBy(ARGUMENT_TIME);

describeWithServer('the scripts on a real server', () => {
  let server: RedisServer;
  let client: Connected;
  beforeAll(async () => {
    server = await startServer();
    client = await nodeRedis([server.port]);
  });
  afterAll(async () => {
    client[Symbol.dispose]();
    await server.stop();
  });

  /** Asks all three the same; `next` is told what was answered. */
  const expectAgreement = async (
    seed: number,
    steps: number,
    next: (seen?: { readonly step: Step; readonly answer: unknown }) => Step,
  ): Promise<void> => {
    await server.ask('FLUSHALL');
    let now = 0;
    const random = seededRandom(seed);
    const model = new StoreModel();
    const limits = { name: 'memory', maxKeys: 100, fenceOffset: 0 };
    const engine = new MemoryEngine({ ...limits, now: () => now, tell: () => undefined });
    const store = rawStore(
      toldTheTime(client.driver, () => now),
      SCRIPTS,
    );
    let seen: { readonly step: Step; readonly answer: unknown } | undefined;
    for (let number = 0; number < steps; number++) {
      const step = next(seen);
      now = step.now;
      if (random() < FLUSH) await server.ask('SCRIPT', 'FLUSH');
      const expected = told(model.answer(step));
      const memory = told(perform(engine, step));
      const answer = await perform(store, step);
      seen = { step, answer };
      if (memory === expected && told(answer) === expected) continue;
      const where = { seed, number, step };
      expect({ ...where, memory, redis: told(answer) }).toEqual({
        ...where,
        memory: expected,
        redis: expected,
      });
    }
  };

  /** Steps by chance, which make use of what was answered. */
  const byChance = (seed: number) => {
    const source = new StepSource(seededRandom(seed));
    return (seen?: { readonly step: Step; readonly answer: unknown }): Step => {
      if (seen !== undefined) source.saw(seen.step, seen.answer);
      return source.next();
    };
  };

  /** A window that is used all the time, so that all of its spans are in use. */
  const steadily = (): (() => Step) => {
    const count = { quota: 1_000, windowMs: 800, cost: 1 };
    let now = 1_700_000_000_000;
    return () => {
      now += 7.25;
      return { does: 'count', key: key('model', 'default', 'steady'), count, now };
    };
  };

  test(`answer ${RUNS * STEPS} steps as the memory store and the model do, to the last bit, on a clock that is up to 30 s off and with scripts forgotten (seed ${SEED})`, async () => {
    for (let run = 0; run < RUNS; run++)
      await expectAgreement(SEED + run, STEPS, byChance(SEED + run));
  }, 120_000);

  test('answer alike while all spans of a window are in use', async () => {
    await expectAgreement(SEED, 1_000, steadily());
  });
});
