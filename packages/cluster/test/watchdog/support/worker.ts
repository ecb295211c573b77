import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { WATCHDOG_DESCRIPTOR } from '../../../src/protocol/launch.ts';
import type { BlockedReport, UnblockedReport } from '../../../src/watchdog/report.ts';
import { watchBlocked } from '../../../src/watchdog/watch-blocked.ts';
import type { Way } from './app.ts';

const PROGRAM = new URL('app.ts', import.meta.url);

/** A real process with a watchdog, and all that is heard of it. Disposing kills it. */
export class TestWorker {
  readonly child: ChildProcess;
  readonly blocked: BlockedReport[] = [];
  readonly unblocked: UnblockedReport[] = [];
  /** What it has written to standard error. */
  errors = '';

  constructor(args: readonly (string | number)[], execArgv: readonly string[] = []) {
    this.child = fork(PROGRAM, args.map(String), {
      execArgv: ['--disable-warning=ExperimentalWarning', ...execArgv],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe', 'pipe'],
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    const line = this.child.stdio.at(WATCHDOG_DESCRIPTOR);
    if (!(line instanceof Readable)) throw new Error('the worker has no line for its watchdog');
    watchBlocked(line, {
      onBlocked: (report) => this.blocked.push(report),
      onUnblocked: (report) => this.unblocked.push(report),
    });
  }

  async heard(message: string): Promise<void> {
    for (;;) {
      const [heard]: unknown[] = await once(this.child, 'message');
      if (heard === message) return;
    }
  }

  tell(way: Way, argument: string | number = ''): void {
    this.child.send([way, String(argument)]);
  }

  async does(way: Way, argument: string | number = ''): Promise<void> {
    this.tell(way, argument);
    await this.heard('done');
  }

  [Symbol.dispose](): void {
    this.child.kill('SIGKILL');
  }
}
