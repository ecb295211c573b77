import { ApiProcess } from '../inbound-tour/api-process.ts';
import { comesTrue } from '../inbound-tour/wait.ts';
import { Visitor } from './visitor.ts';

const PROGRAM = new URL('server.ts', import.meta.url);
const READY_WITHIN_MS = 10_000;

/** A process that has answered once: before, a balancer would send nobody to it. */
const started = async (env: Readonly<Record<string, string>>): Promise<ApiProcess> => {
  const api = await ApiProcess.start(PROGRAM, env);
  const answers = async (): Promise<boolean> => (await new Visitor().cart(api.origin)).process > 0;
  await comesTrue(answers, READY_WITHIN_MS);
  return api;
};

/** Two processes of one shop. */
export class Shop {
  readonly #env: Readonly<Record<string, string>>;
  first: ApiProcess;
  second: ApiProcess;

  private constructor(
    env: Readonly<Record<string, string>>,
    first: ApiProcess,
    second: ApiProcess,
  ) {
    this.#env = env;
    this.first = first;
    this.second = second;
  }

  static async open(redisUrl: string | undefined): Promise<Shop> {
    const env: Readonly<Record<string, string>> =
      redisUrl === undefined ? {} : { REDIS_URL: redisUrl };
    const first = await started(env);
    return new Shop(env, first, await started(env));
  }

  async restartFirst(): Promise<void> {
    this.first = await started(this.#env);
  }

  async restartSecond(): Promise<void> {
    this.second = await started(this.#env);
  }

  async close(): Promise<void> {
    await Promise.all([this.first.stop(), this.second.stop()]);
  }
}
