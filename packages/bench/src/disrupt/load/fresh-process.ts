import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { FreshLoad, FreshResult } from './fresh-load.ts';

/** The process that asks; see fresh-load.ts. */
export class FreshProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static start(): FreshProcess {
    return new FreshProcess(
      fork(new URL('fresh-load.ts', import.meta.url), {
        execArgv: ['--no-warnings'],
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      }),
    );
  }

  async run(load: FreshLoad): Promise<FreshResult> {
    this.#child.send(load);
    const [result]: unknown[] = await once(this.#child, 'message');
    // Both ends of the channel are this bench.
    return result as FreshResult;
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}
