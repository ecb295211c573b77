import { fork, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Keeping } from '../../faults/processes/keeping.ts';
import { killAll } from './processes.ts';
import { Lines } from './lines.ts';
import type { Order, Told } from './talk.ts';

const ANSWER_MS = 60_000;
const START_MS = 20_000;
const LOOK_EVERY_MS = 10;

/** A program that looks after workers, and what it is given. */
export interface Program {
  readonly path: string | URL;
  /** Goes to it as JSON. */
  readonly config: unknown;
  readonly binary: string;
  readonly env: NodeJS.ProcessEnv;
  readonly keeping: Keeping;
}

/** The process that looks after workers. */
export class Primary {
  readonly pid: number;
  readonly lines: Lines;
  readonly #child: ChildProcess;
  readonly #keeping: Keeping;
  readonly #pids = new Set<number>();
  readonly #answers = new Map<number, (value: unknown) => void>();
  #asked = 0;

  private constructor(child: ChildProcess, pid: number, keeping: Keeping) {
    this.#child = child;
    this.#keeping = keeping;
    this.pid = pid;
    if (child.stdout === null || child.stderr === null) throw new Error('no output');
    this.lines = new Lines(child.stdout, child.stderr);
    child.on('message', (told: Told) => this.#hear(told));
    child.on('error', () => undefined);
    this.#keep(pid);
  }

  static start({ path, config, binary, env, keeping }: Program): Primary {
    const child = fork(path, [JSON.stringify(config)], {
      execPath: binary,
      execArgv: ['--no-warnings'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env,
    });
    if (child.pid === undefined) throw new Error(`${String(path)} did not start`);
    return new Primary(child, child.pid, keeping);
  }

  /** What it answers; rejects where it is gone or takes a minute. */
  ask(order: Order): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const id = ++this.#asked;
    const fail = (): void => reject(new Error(`no answer to "${order}":\n${this.lines.tail}`));
    const late = setTimeout(fail, ANSWER_MS);
    this.#child.once('exit', fail);
    this.#answers.set(id, (value) => {
      clearTimeout(late);
      this.#child.off('exit', fail);
      resolve(value);
    });
    this.#child.send({ id, order });
    return promise;
  }

  async workers(): Promise<readonly number[]> {
    return (await this.ask('workers')) as readonly number[];
  }

  /** Waits until so many workers have requests. */
  async ready(howMany: number): Promise<void> {
    const end = performance.now() + START_MS;
    while ((await this.workers()).length < howMany) {
      if (performance.now() > end) throw new Error(`no workers:\n${this.lines.tail}`);
      await sleep(LOOK_EVERY_MS);
    }
  }

  async end(): Promise<void> {
    const pids = [this.pid, ...this.#pids];
    await killAll(pids);
    for (const pid of pids) this.#keeping.remove({ pid });
  }

  #hear(told: Told): void {
    if ('started' in told) return this.#keep(told.started);
    this.#answers.get(told.id)?.(told.value);
    this.#answers.delete(told.id);
  }

  #keep(pid: number): void {
    this.#pids.add(pid);
    this.#keeping.add({ pid });
  }
}
