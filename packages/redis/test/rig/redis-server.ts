import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, infoField, type Answer } from './ask.ts';
import { findServer, HOW_TO_GET_IT } from './find-server.ts';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

/** Nothing is written to disk and nothing is forgotten unless a test wants it. */
const SETTINGS = [
  '--save',
  '',
  '--appendonly',
  'no',
  '--bind',
  '127.0.0.1',
  '--daemonize',
  'no',
  '--repl-diskless-sync-delay',
  '0',
];

const live = new Set<RedisServer>();
const killAll = (): void => live.forEach((server) => server.killNow());
// Also where a test dies or is ended: nothing of it is left.
process.on('exit', killAll);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.once(signal, () => {
    killAll();
    process.kill(process.pid, signal);
  });
}

/** A server of its own: own port, own folder, ended by its own process id. */
export class RedisServer {
  readonly port: number;
  readonly #folder = mkdtempSync(join(tmpdir(), 'holdfast-redis-'));
  readonly #arguments: readonly string[];
  #process: ChildProcess | undefined;
  /** As the server that was started says it. */
  runId = '';

  /** `argumentsOf` tells the command line of a server whose folder is this. */
  constructor(port: number, argumentsOf: (folder: string) => readonly string[]) {
    this.port = port;
    this.#arguments = argumentsOf(this.#folder);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new Error('the server is not running');
    return pid;
  }

  /** Starts it, or starts it anew after `kill`, and makes sure that it is this one that answers. */
  async start(): Promise<void> {
    const binary = findServer();
    if (binary === undefined) throw new Error(HOW_TO_GET_IT);
    const child = spawn(binary, this.#arguments, { stdio: 'ignore' });
    this.#process = child;
    live.add(this);
    const ended = once(child, 'exit').then(() => {
      throw new Error(`the server on port ${this.port} ended at once`);
    });
    await Promise.race([this.#answers(child), ended]);
    this.runId = (await infoField(this.port, 'run_id')) ?? '';
  }

  async #answers(child: ChildProcess): Promise<void> {
    const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
    const answers = async (): Promise<boolean> => hasEnded() || (await this.ask('PING')) === 'PONG';
    await until(`server on port ${this.port}`, answers);
    const pid = await infoField(this.port, 'process_id');
    if (pid !== String(child.pid))
      throw new Error(`another server listens on ${this.port}: ${pid}`);
  }

  ask(...words: readonly string[]): Promise<Answer> {
    return ask(this.port, ...words);
  }

  /** It stands still, and its connections stay open. */
  freeze(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  thaw(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  /** As a crash does. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  async stop(): Promise<void> {
    await this.kill();
    live.delete(this);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Without waiting, for the end of the process. */
  killNow(): void {
    this.#process?.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

const MOST_TRIES = 3;

/** Starts a server on ports that are free, which others may take first: it is given two. */
export const startOnFreePorts = async (
  serverOn: (port: number, another: number) => RedisServer,
  left = MOST_TRIES,
): Promise<RedisServer> => {
  const server = serverOn(await freePort(), await freePort());
  try {
    await server.start();
    return server;
  } catch (error) {
    await server.stop();
    if (left <= 1) throw error;
    return startOnFreePorts(serverOn, left - 1);
  }
};

/** A server that is not running yet; `settings` as on its command line. */
export const serverWith = (port: number, settings: readonly string[]): RedisServer => {
  const own = ['--port', String(port), ...SETTINGS, ...settings];
  return new RedisServer(port, (folder) => ['--dir', folder, ...own]);
};

/** A running server; `settings` as on its command line. */
export const startServer = (...settings: readonly string[]): Promise<RedisServer> =>
  startOnFreePorts((port) => serverWith(port, settings));
