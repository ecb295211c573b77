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
// Also where a test dies: nothing of it is left.
process.on('exit', () => live.forEach((server) => server.killNow()));

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
    await until(`server on port ${this.port}`, async () => (await this.ask('PING')) === 'PONG');
    const pid = await infoField(this.port, 'process_id');
    if (pid !== String(child.pid))
      throw new Error(`another server listens on ${this.port}: ${pid}`);
    this.runId = (await infoField(this.port, 'run_id')) ?? '';
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

/** A running server; `settings` as on its command line. */
export const startServer = async (...settings: readonly string[]): Promise<RedisServer> => {
  const port = await freePort();
  const server = new RedisServer(port, (folder) => [
    '--port',
    String(port),
    '--dir',
    folder,
    ...SETTINGS,
    ...settings,
  ]);
  await server.start();
  return server;
};
