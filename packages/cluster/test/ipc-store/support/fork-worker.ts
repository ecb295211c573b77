import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import type { StoreHost } from '../../../src/ipc-store/store-host.ts';

const PROGRAM = new URL('./store-worker.ts', import.meta.url);

/** A process of its own, attached to a host as a supervisor does it. */
export class StoreWorker implements AsyncDisposable {
  readonly #child: ChildProcess;

  constructor(host: StoreHost, workerId: number) {
    this.#child = fork(PROGRAM, {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
    });
    const line = this.#child.stdio[4];
    if (!(line instanceof Duplex)) throw new Error('the worker has no line');
    host.attach(workerId, line);
  }

  async ask(what: 'contract' | 'hold' | 'copies'): Promise<unknown> {
    const answered = once(this.#child, 'message');
    this.#child.send(what);
    const [answer] = (await answered) as [unknown];
    return answer;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}
