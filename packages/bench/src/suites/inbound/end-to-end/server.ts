import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Usage } from './usage.ts';

/** An app that serves in a process of its own, which ends with this one. */
export class Server {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(name: string): Promise<Server> {
    const child = fork(new URL('serving.ts', import.meta.url), [name]);
    const ended = once(child, 'exit').then(() => {
      throw new Error(`the server of ${name} ended`);
    });
    const [port]: unknown[] = await Promise.race([once(child, 'message'), ended]);
    ended.catch(() => undefined);
    return new Server(child, Number(port));
  }

  /** What its process has used so far. */
  async usage(): Promise<Usage> {
    const reply = once(this.#child, 'message');
    this.#child.send('usage');
    const [usage]: unknown[] = await reply;
    // Both ends of the channel are this suite.
    return usage as Usage;
  }

  stop(): void {
    this.#child.kill();
  }
}
