import { seededRandom } from '@holdfast/core/testing';
import { MemoryEngine } from '../../../../core/src/stateless/memory/memory-engine.ts';
import {
  perform,
  StepSource,
  told as toldAs,
  type Step,
} from '../../../../core/test/stateless/model/steps.ts';
import { StoreModel } from '../../../../core/test/stateless/model/store-model.ts';
import { ARGUMENT_TIME } from '../../../../redis/src/scripts/prelude.ts';
import { scriptsBy } from '../../../../redis/src/scripts/scripts.ts';
import { nodeRedis, type Connected } from '../../../../redis/test/support/clients.ts';
import { rawStore } from '../../../../redis/test/support/stores.ts';
import { toldTheTime } from '../../../../redis/test/support/told-the-time.ts';
import type { Fault } from '../fault.ts';
import { never, told } from '../finding.ts';
import { withRedis, type RedisServer } from '../processes/redis.ts';

const RUNS = { full: 20, quick: 4 };
const STEPS = 1_000;
/** Now and then the server forgets all scripts. */
const FLUSH = 0.003;
const SEEDS = 2 ** 32;
const SCRIPTS = scriptsBy(ARGUMENT_TIME);

/** The memory store, the scripts and the model, under one clock. */
class Three {
  #now = 0;
  readonly #model: StoreModel = new StoreModel();
  readonly #engine: MemoryEngine = new MemoryEngine({
    name: 'memory',
    maxKeys: 100,
    fenceOffset: 0,
    now: () => this.#now,
    tell: () => undefined,
  });
  readonly #redis: ReturnType<typeof rawStore>;

  constructor({ driver }: Connected) {
    this.#redis = rawStore(
      toldTheTime(driver, () => this.#now),
      SCRIPTS,
    );
  }

  /** The answer, and whether all three gave the same one. */
  async ask(step: Step): Promise<{ readonly answer: unknown; readonly agree: boolean }> {
    this.#now = step.now;
    const expected = toldAs(this.#model.answer(step));
    const memory = toldAs(perform(this.#engine, step));
    const answer = await perform(this.#redis, step);
    return { answer, agree: memory === expected && toldAs(answer) === expected };
  }
}

const run = async (seed: number, server: RedisServer, client: Connected): Promise<number> => {
  await server.ask('FLUSHALL');
  const random = seededRandom(seed);
  const source = new StepSource(random);
  const three = new Three(client);
  for (let number = 0; number < STEPS; number++) {
    const step = source.next();
    if (random() < FLUSH) await server.ask('SCRIPT', 'FLUSH');
    const { answer, agree } = await three.ask(step);
    source.saw(step, answer);
    // All that follows would differ, too.
    if (!agree) return 1;
  }
  return 0;
};

/** The same decisions by all who decide. */
export const differential: Fault = {
  id: 'differential',
  title:
    'The memory store, the scripts on Redis and a model: clock steps up to 30 s, scripts forgotten',
  run: ({ quick, keeping }) =>
    withRedis(keeping, async (server) => {
      const seed = Math.floor(Math.random() * SEEDS);
      const runs = quick ? RUNS.quick : RUNS.full;
      const client = await nodeRedis([server.port]);
      try {
        let diverged = 0;
        for (let each = 0; each < runs; each++) diverged += await run(seed + each, server, client);
        return [
          told('seed of the steps', seed),
          never(`runs of ${STEPS} steps that diverged`, diverged, runs),
          told('steps', runs * STEPS),
        ];
      } finally {
        client[Symbol.dispose]();
      }
    }),
};
