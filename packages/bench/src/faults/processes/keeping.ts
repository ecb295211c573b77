import { fork, type ChildProcess } from 'node:child_process';

/** A process or a folder that is not to outlive this process, or need not be watched any more. */
export interface Kept {
  readonly pid?: number | undefined;
  readonly folder?: string | undefined;
  readonly isOver: boolean;
}

/**
 * Sees to it that nothing which was started outlives this process: what it was told of, and not that it is over,
 * a process of its own kills and removes once this one is gone, by whatever signal.
 */
export class Keeping {
  readonly #keeper: ChildProcess;

  constructor() {
    this.#keeper = fork(new URL('keeper.ts', import.meta.url), {
      execArgv: ['--no-warnings'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    // It is there for as long as this process is, not the other way round.
    this.#keeper.unref();
    this.#keeper.channel?.unref();
  }

  add(kept: Omit<Kept, 'isOver'>): void {
    this.#keeper.send({ ...kept, isOver: false } satisfies Kept);
  }

  remove(kept: Omit<Kept, 'isOver'>): void {
    if (this.#keeper.connected) this.#keeper.send({ ...kept, isOver: true } satisfies Kept);
  }

  end(): void {
    if (this.#keeper.connected) this.#keeper.disconnect();
  }
}
