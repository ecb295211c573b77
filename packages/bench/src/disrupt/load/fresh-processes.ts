import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { FreshLoad, FreshResult } from './fresh-load.ts';

/** One alone would be what limits a fast contestant. */
const PROCESSES = 2;

const start = (): ChildProcess =>
  fork(new URL('fresh-load.ts', import.meta.url), {
    execArgv: ['--no-warnings'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });

const resultOf = async (child: ChildProcess, load: FreshLoad): Promise<FreshResult> => {
  child.send(load);
  const [result]: unknown[] = await once(child, 'message');
  // Both ends of the channel are this bench.
  return result as FreshResult;
};

const both = (a: FreshResult, b: FreshResult): FreshResult => ({
  answered: a.answered + b.answered,
  failed: a.failed + b.failed,
  ms: Math.max(a.ms, b.ms),
});

/** The processes that ask; see fresh-load.ts. They end with this one. */
export class FreshProcesses {
  readonly #children: readonly ChildProcess[] = Array.from({ length: PROCESSES }, start);

  async run(load: FreshLoad): Promise<FreshResult> {
    const each = { ...load, atATime: load.atATime / PROCESSES };
    const results = await Promise.all(this.#children.map((child) => resultOf(child, each)));
    return results.reduce(both);
  }

  end(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }
}
