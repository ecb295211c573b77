import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Message, Report } from './origins-process.ts';

type Span = Pick<Message, 'path' | 'from' | 'to'>;

/** Servers that can fail and heal, in one process of their own. */
export class Origins {
  /** Where they are, in the order of their numbers. */
  readonly urls: readonly string[];
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (count: number) => void>();
  #messages = 0;

  private constructor(child: ChildProcess, ports: readonly number[]) {
    this.#process = child;
    this.urls = ports.map((port) => `http://127.0.0.1:${port}`);
    child.on('message', (report: Report) => {
      if ('count' in report) this.#waiting.get(report.id)?.(report.count);
    });
    child.once('exit', () => {
      if (this.#waiting.size > 0) throw new Error('the origins ended too early');
    });
  }

  static async start(howMany: number): Promise<Origins> {
    const child = fork(new URL('origins-process.ts', import.meta.url), [String(howMany)], {
      execArgv: [],
    });
    const [report]: Report[] = await once(child, 'message');
    if (report === undefined || !('ports' in report)) throw new Error('the origins did not start');
    return new Origins(child, report.ports);
  }

  async setFailing(origin: number, failing: boolean): Promise<void> {
    await this.#tell({ origin, failing });
  }

  /** How many requests reached an origin. */
  reached(origin: number, span: Span = {}): Promise<number> {
    return this.#tell({ origin, ...span });
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.disconnect();
    await ended;
  }

  async #tell(message: Omit<Message, 'id'>): Promise<number> {
    const id = this.#messages++;
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#waiting.set(id, resolve);
    this.#process.send({ id, ...message } satisfies Message);
    const count = await promise;
    this.#waiting.delete(id);
    return count;
  }
}

/** Origins for as long as `use` takes. */
export const withOrigins = async <Result>(
  howMany: number,
  use: (origins: Origins) => Promise<Result>,
): Promise<Result> => {
  const origins = await Origins.start(howMany);
  try {
    return await use(origins);
  } finally {
    await origins.stop();
  }
};
