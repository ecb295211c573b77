import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  rescueConnections,
  type ConnectionRescue,
} from '../../../src/rescue/rescue-connections.ts';

export type Outcome = 'answered' | 'reset' | 'hangs';

interface Asking {
  readonly id: string;
  /** Its abort calls hanging what is not answered yet. */
  readonly patience: AbortSignal;
}

/** One request on a connection of its own. */
export const ask = (port: number, { id, patience }: Asking): Promise<Outcome> =>
  new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: id, agent: false }, (response) => {
      response.resume().once('end', () => resolve('answered'));
      response.once('error', () => resolve('reset'));
    });
    request.once('error', () => resolve('reset'));
    const giveUp = (): void => {
      resolve('hangs');
      request.destroy();
    };
    patience.addEventListener('abort', giveUp);
    request.once('close', () => patience.removeEventListener('abort', giveUp));
  });

const FLAGS = ['--disable-warning=ExperimentalWarning'];

/** Workers of plain `node:cluster`, with the rescue or without. */
export class Fleet implements AsyncDisposable {
  readonly ports: number[] = [];
  readonly rescues = new Map<Worker, ConnectionRescue>();
  readonly #folder = mkdtempSync(join(tmpdir(), 'holdfast-rescue-'));
  readonly #ledger = join(this.#folder, 'ledger');
  readonly #workers = new Set<Worker>();
  readonly #isRescued: boolean;

  constructor({ rescued }: { readonly rescued: boolean }) {
    this.#isRescued = rescued;
    cluster.schedulingPolicy = cluster.SCHED_RR;
    const exec = fileURLToPath(new URL('../fixtures/worker.ts', import.meta.url));
    cluster.setupPrimary({ exec, args: [], execArgv: FLAGS });
    writeFileSync(this.#ledger, '');
  }

  get rescued(): number {
    return [...this.rescues.values()].reduce((sum, { rescued }) => sum + rescued, 0);
  }

  /** A worker whose two servers listen. */
  async fork(): Promise<Worker> {
    const worker = this.forkOnly();
    if (this.#isRescued) this.rescues.set(worker, rescueConnections(worker));
    await this.listening(worker);
    return worker;
  }

  forkOnly(): Worker {
    const worker = cluster.fork({ LEDGER: this.#ledger });
    this.#workers.add(worker);
    return worker;
  }

  async listening(worker: Worker): Promise<void> {
    this.ports.splice(0, 2, ...(await portsOf(worker)));
  }

  /** Each request that was carried out, as often as it was. */
  carriedOut(): string[] {
    return readFileSync(this.#ledger, 'utf8').split('\n').filter(Boolean);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#workers].map(kill));
    rmSync(this.#folder, { recursive: true });
  }
}

const portsOf = (worker: Worker): Promise<number[]> =>
  new Promise((resolve) => {
    const ports: number[] = [];
    worker.on('listening', ({ port }) => {
      if (ports.push(port) === 2) resolve(ports);
    });
  });

/** Resolves once it is gone. */
export const kill = async (worker: Worker): Promise<void> => {
  if (worker.isDead()) return;
  const gone = once(worker, 'exit');
  worker.process.kill('SIGKILL');
  await gone;
};
