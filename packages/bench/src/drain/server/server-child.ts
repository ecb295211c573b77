import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { orAfter } from '../within.ts';
import type { Protocol } from './servers.ts';

const START_MS = 20_000;

/** How a process ended. */
export interface Exit {
  /** Milliseconds of `performance.now()`. */
  readonly at: number;
  /** Null where a signal ended it. */
  readonly code: number | null;
}

/** What a server is made of. */
export interface ServerParts {
  readonly binary: string;
  readonly protocol: Protocol;
  readonly contestant: string;
}

/** A server in a process of its own. */
export class ServerChild {
  readonly port: number;
  /** Resolves when the process has ended. */
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number, exited: Promise<Exit>) {
    this.#child = child;
    this.port = port;
    this.exited = exited;
  }

  static async start({ binary, protocol, contestant }: ServerParts): Promise<ServerChild> {
    const child = fork(new URL('server-process.ts', import.meta.url), [protocol, contestant], {
      execPath: binary,
      execArgv: ['--no-warnings'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const exited = once(child, 'exit').then(([code]: (number | null)[]) => ({
      at: performance.now(),
      code: code ?? null,
    }));
    const first = Promise.race([once(child, 'message'), exited.then(() => [])]);
    const [port]: unknown[] = await orAfter(START_MS, first, []);
    if (typeof port === 'number') return new ServerChild(child, port, exited);
    child.kill('SIGKILL');
    throw new Error(`the server of ${contestant} did not start on ${binary}`);
  }

  /** Sends SIGTERM. */
  terminate(): void {
    this.#child.kill('SIGTERM');
  }

  /** Ends it now, however far it is. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }
}
