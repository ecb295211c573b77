import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const EXIT_WITHIN_MS = 8_000;

/** An API as it runs in production: a process of its own, that hears signals and is asked over sockets. */
export class ApiProcess {
  readonly origin: string;
  readonly #child: ChildProcess;
  readonly #printed: string[];
  /** It has ended, and all that it printed was read. */
  readonly #closed: Promise<unknown>;

  private constructor(child: ChildProcess, origin: string, printed: string[]) {
    this.#child = child;
    this.origin = origin;
    this.#printed = printed;
    this.#closed = once(child, 'close');
  }

  /** Runs a program that prints its address first, in this environment beside ours. */
  static async start(program: URL, env: Readonly<Record<string, string>>): Promise<ApiProcess> {
    const before = new URL('end-with-parent.ts', import.meta.url).href;
    const child = fork(program, {
      // Node 22 strips types with a warning.
      execArgv: ['--disable-warning=ExperimentalWarning', '--import', before],
      env: { ...process.env, ...env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    if (child.stdout === null) throw new Error('no output to read the address from');
    const printed: string[] = [];
    const lines = createInterface(child.stdout).on('line', (line) => printed.push(line));
    const ended = once(child, 'exit').then(() => {
      throw new Error(`${program.pathname} ended before it listened`);
    });
    await Promise.race([once(lines, 'line'), ended]);
    ended.catch(() => undefined); // it may end now
    return new ApiProcess(child, printed[0] ?? '', printed);
  }

  /** What it printed last. */
  get lastWords(): string {
    return this.#printed.at(-1) ?? '';
  }

  /** Asks it to end, as an orchestrator does. */
  terminate(): void {
    this.#child.kill('SIGTERM');
  }

  /** Its exit code once it ends; null where a signal or our patience ended it. */
  async exitCode(): Promise<number | null> {
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), EXIT_WITHIN_MS);
    await this.#closed;
    clearTimeout(killer);
    return this.#child.exitCode;
  }

  /** Ends it, whatever it is at. */
  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exitCode();
  }
}
