import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { whoAnswers } from '../load/probe.ts';
import { run, type Ran } from './commands.ts';
import { environmentOf } from './environment.ts';
import { WORKERS, type Contestant, type Fleet, type FleetParts } from './fleet.ts';
import { freePort } from './free-port.ts';
import { folderOf, type Fetched } from './installed.ts';
import { killAll } from './processes.ts';

/** Under the AGPL, and so never a dependency. */
export const PM2: Fetched = {
  name: 'pm2',
  version: '7.0.4',
  packages: ['pm2@7.0.4'],
  command: 'pm2/bin/pm2',
};

/** How long it waits for a worker to listen; its default. */
const LISTEN_MS = 3_000;
const START_MS = 20_000;
const LOOK_EVERY_MS = 100;
const ASK = 10;

interface Listed {
  readonly pid: number;
  readonly pm2_env: { readonly status: string };
}

/** A daemon of pm2 with a home of its own, so that it meets no other. */
class Daemon {
  readonly #home = mkdtempSync(join(tmpdir(), 'holdfast-pm2-'));
  readonly #parts: FleetParts;
  readonly #env: NodeJS.ProcessEnv;
  readonly #known = new Set<number>();

  constructor(parts: FleetParts, env: NodeJS.ProcessEnv) {
    this.#parts = parts;
    this.#env = { ...env, PM2_HOME: this.#home };
    parts.keeping.add({ folder: this.#home });
  }

  command(...args: readonly string[]): Promise<Ran> {
    const command = join(folderOf(PM2), PM2.command);
    return run({ binary: this.#parts.binary, args: [command, ...args], env: this.#env });
  }

  get pid(): number {
    return this.#keep(Number(readFileSync(join(this.#home, 'pm2.pid'), 'utf8')));
  }

  async workers(): Promise<readonly number[]> {
    const { stdout } = await this.command('jlist');
    const listed = JSON.parse(stdout.slice(stdout.indexOf('['))) as readonly Listed[];
    return listed
      .filter(({ pm2_env: { status } }) => status === 'online')
      .map(({ pid }) => this.#keep(pid));
  }

  async end(): Promise<void> {
    await this.workers().catch(() => []);
    await this.command('kill');
    await killAll([...this.#known]);
    for (const pid of this.#known) this.#parts.keeping.remove({ pid });
    rmSync(this.#home, { recursive: true, force: true });
    this.#parts.keeping.remove({ folder: this.#home });
  }

  #keep(pid: number): number {
    this.#known.add(pid);
    this.#parts.keeping.add({ pid });
    return pid;
  }
}

const fleetOf = (daemon: Daemon, port: number): Fleet => ({
  port,
  primary: daemon.pid,
  workers: () => daemon.workers(),
  reload: async () => {
    const { ok, stderr } = await daemon.command('reload', 'service');
    return { ok, detail: stderr };
  },
  state: () => Promise.resolve(''),
  onLine: () => undefined,
  end: () => daemon.end(),
});

/** It calls a worker online that does not listen yet. */
const serve = async (port: number, workers: number): Promise<boolean> => {
  const end = performance.now() + START_MS;
  while ((await whoAnswers(port, ASK)).size < workers) {
    if (performance.now() > end) return false;
    await sleep(LOOK_EVERY_MS);
  }
  return true;
};

/** `pm2 reload` of a service without a handler of the signal, or with the usual one. */
export const pm2 = (name: string, env: NodeJS.ProcessEnv = {}): Contestant => ({
  name,
  side: 'peer',
  start: async (parts) => {
    const { deployment, workers = WORKERS } = parts;
    const port = await freePort();
    const daemon = new Daemon(parts, environmentOf(parts, port, env));
    const flags = ['--name', 'service', '-i', String(workers), '--listen-timeout', `${LISTEN_MS}`];
    const { ok, stderr } = await daemon.command('start', deployment.program, ...flags);
    if (ok && (await serve(port, workers))) return fleetOf(daemon, port);
    await daemon.end();
    throw new Error(`pm2 did not start the service:\n${stderr}`);
  },
});
