import { ApiProcess } from '../inbound-tour/api-process.ts';

const PROGRAM = new URL('server.ts', import.meta.url);

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
    const first = await ApiProcess.start(PROGRAM, env);
    return new Shop(env, first, await ApiProcess.start(PROGRAM, env));
  }

  async restartFirst(): Promise<void> {
    this.first = await ApiProcess.start(PROGRAM, this.#env);
  }

  async restartSecond(): Promise<void> {
    this.second = await ApiProcess.start(PROGRAM, this.#env);
  }

  async close(): Promise<void> {
    await Promise.all([this.first.stop(), this.second.stop()]);
  }
}
