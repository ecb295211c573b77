import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Command, Message } from './messages.ts';

/** The processes of the demo: started one by one, begun together, stopped together. */
export class Crew {
  readonly #children = new Set<ChildProcess>();
  readonly #hear: (message: Message) => void;
  readonly #show: (text: string) => void;
  readonly #failure = Promise.withResolvers<never>();
  #stopping = false;

  /** `show` gets what they write to standard error. */
  constructor(hear: (message: Message) => void, show: (text: string) => void) {
    this.#hear = hear;
    this.#show = show;
    this.#failure.promise.catch(() => undefined); // nobody may be waiting
  }

  /** Rejects when a process ends before it was stopped. */
  get failure(): Promise<never> {
    return this.#failure.promise;
  }

  /** Runs a program; resolves when it is ready, with its address if it listens. */
  start(program: URL, ...args: string[]): Promise<string> {
    const child = fork(program, args, {
      execArgv: ['--disable-warning=ExperimentalWarning'], // Node 22 strips types with a warning
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    child.stderr?.setEncoding('utf8').on('data', this.#show);
    this.#children.add(child);
    child.once('error', this.#failure.reject);
    child.once('exit', (code, signal) => {
      this.#children.delete(child);
      if (!this.#stopping)
        this.#failure.reject(new Error(`${program.pathname} ended: ${signal ?? code}`));
    });
    return new Promise((resolve) => {
      child.on('message', (message: Message) => {
        if (message.type === 'ready') resolve(message.url ?? '');
        else this.#hear(message);
      });
    });
  }

  /** Tells everybody. */
  tell(command: Command): void {
    for (const child of this.#children) child.send(command);
  }

  /** Ends every process and waits until it is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const ended = [...this.#children].map((child) => once(child, 'exit'));
    for (const child of this.#children) child.kill();
    await Promise.all(ended);
  }
}
