import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { orAfter } from '../../drain/within.ts';
import type { Keeping } from './keeping.ts';
import type { Question, Reply } from './questions.ts';

const ANSWER_MS = 30_000;

/** A process that answers questions, one at a time; each table of questions has its own kind. */
export class Child {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #keeping: Keeping;
  readonly #exited: Promise<unknown>;

  private constructor(child: ChildProcess, pid: number, keeping: Keeping) {
    this.#child = child;
    this.pid = pid;
    this.#keeping = keeping;
    this.#exited = once(child, 'exit');
  }

  static start(module: URL, args: readonly string[], keeping: Keeping): Child {
    const child = fork(module, [...args], {
      execArgv: ['--no-warnings', '--expose-gc'],
      // Standard output belongs to the report.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const { pid } = child;
    if (pid === undefined) throw new Error(`${module.pathname} did not start`);
    keeping.add({ pid });
    return new Child(child, pid, keeping);
  }

  /** Rejects where the process fails, ends, or takes half a minute. */
  async ask(question: Question): Promise<unknown> {
    const answer = once(this.#child, 'message');
    this.#child.send(question);
    const ended = this.#exited.then(() => ['ended']);
    const [reply]: unknown[] = await orAfter(
      question.withinMs ?? ANSWER_MS,
      Promise.race([answer, ended]),
      ['did not answer'],
    );
    if (typeof reply === 'string')
      throw new Error(`the process asked for "${question.ask}" ${reply}`);
    // Both ends of the channel are this bench.
    const { problem, answer: value } = reply as Reply;
    if (problem !== undefined) throw new Error(`${question.ask}: ${problem}`);
    return value;
  }

  /** As a crash is: SIGKILL, without a word. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
    this.#keeping.remove({ pid: this.pid });
  }
}
