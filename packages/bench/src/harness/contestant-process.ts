import { fork, type ChildProcess } from 'node:child_process';
import type { Answers, Reply, Request } from './messages.ts';
import type { Effort } from './suite.ts';

const CHILD = new URL('./child.ts', import.meta.url);
const STDERR = 2;

/** Where a contestant is found. */
export interface Address {
  readonly suite: string;
  readonly group: string;
  readonly contestant: string;
}

/** A process with one contestant in it, so that each has its own heap and compiled code. */
export class ContestantProcess {
  readonly #address: Address;
  readonly #child: ChildProcess;

  constructor(address: Address) {
    const { suite, group, contestant } = address;
    this.#address = address;
    this.#child = fork(CHILD, [suite, group, contestant], {
      execArgv: ['--expose-gc', '--max-old-space-size=4096'],
      // Standard output belongs to the report.
      stdio: ['ignore', STDERR, STDERR, 'ipc'],
    });
  }

  ask<Ask extends keyof Answers>(ask: Ask, effort: Effort = 'full'): Promise<Answers[Ask]> {
    const child = this.#child;
    const { promise, resolve, reject } = Promise.withResolvers<Answers[Ask]>();
    const request: Request = { ask, effort };
    const onExit = (code: number | null, signal: string | null): void => {
      reject(this.#problem(`ended with ${signal ?? code}`));
    };
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      // Both ends of the channel are this harness, and it answers what it is asked.
      const reply = message as Reply;
      if (reply.ok) resolve(reply.answer as Answers[Ask]);
      else reject(this.#problem(reply.problem));
    });
    child.send(request);
    return promise;
  }

  end(): void {
    this.#child.kill();
  }

  #problem(what: string): Error {
    const { group, contestant } = this.#address;
    return new Error(`${group}, ${contestant}: ${what}`);
  }
}
