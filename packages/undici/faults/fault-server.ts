import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Question, Report } from './server.ts';
import type { Count } from './server/census.ts';
import type { Ports } from './server/origins.ts';

type Answer = Extract<Report, { kind: 'count' }>;

/** A fault server in a process of its own. Its end, wanted or not, fails what still waits for it. */
export class FaultServer {
  readonly ports: Ports;
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>();
  #questions = 0;

  private constructor(child: ChildProcess, ports: Ports) {
    this.#process = child;
    this.ports = ports;
    child.on('message', (report: Report) => {
      if (report.kind === 'count') this.#waiting.get(report.id)?.resolve(report);
    });
    child.once('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the fault server ended'));
    });
  }

  static async start(): Promise<FaultServer> {
    const child = fork(new URL('server.ts', import.meta.url), [], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    const [report]: [Report] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => {
        throw new Error('the fault server did not start');
      }),
    ])) as [Report];
    if (report.kind !== 'ready') throw new Error('the fault server did not say where it listens');
    return new FaultServer(child, report.ports);
  }

  /** What the server has seen of a path. */
  async count(path: string): Promise<Count> {
    const { count } = await this.#ask(path);
    return count;
  }

  /** Connections of any kind that the server still has. */
  async sockets(): Promise<number> {
    const { sockets } = await this.#ask('');
    return sockets;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.disconnect();
    await ended;
  }

  async #ask(path: string): Promise<Answer> {
    const id = this.#questions++;
    const waiting = Promise.withResolvers<Answer>();
    this.#waiting.set(id, waiting);
    this.#process.send({ id, path } satisfies Question);
    try {
      return await waiting.promise;
    } finally {
      this.#waiting.delete(id);
    }
  }
}
