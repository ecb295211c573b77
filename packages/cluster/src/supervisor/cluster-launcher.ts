import cluster, { type Worker } from 'node:cluster';
import { Socket } from 'node:net';
import { extname } from 'node:path';
import { rescueConnections } from '../rescue/rescue-connections.ts';
import { prefixOutput } from '../output/prefix-output.ts';
import type { StoreHost } from '../ipc-store/store-host.ts';
import {
  LAUNCH_VARIABLE,
  STORE_DESCRIPTOR,
  WATCHDOG_DESCRIPTOR,
  type Launch,
} from '../protocol/launch.ts';
import { parseFromWorker } from '../protocol/parse-from-worker.ts';
import { watchBlocked } from '../watchdog/watch-blocked.ts';
import { ForkedProcess } from './forked-process.ts';
import type { Settings } from './settings.ts';
import type { Launcher, WorkerListener, WorkerProcess } from './worker-process.ts';

const BOOT = new URL(`../worker/boot${extname(import.meta.filename)}`, import.meta.url);

/** The socket on a further descriptor of a worker, where it could be started. */
const lineOf = (worker: Worker, descriptor: number): Socket | undefined => {
  const line: unknown = worker.process.stdio[descriptor];
  return line instanceof Socket ? line : undefined;
};

/** Forks workers by `node:cluster`, of whose settings a process has one set. */
export class ClusterLauncher implements Launcher {
  readonly #settings: Settings;
  readonly #store: StoreHost | undefined;
  readonly #rescues = new Map<number, ReturnType<typeof rescueConnections>>();
  #rescuedBefore = 0;

  constructor(settings: Settings, heapArguments: readonly string[], store: StoreHost | undefined) {
    this.#settings = settings;
    this.#store = store;
    const { distribution, exec, args, execArgv, output } = settings;
    cluster.schedulingPolicy =
      distribution === 'round-robin' ? cluster.SCHED_RR : cluster.SCHED_NONE;
    const stream = output === 'prefix' ? 'pipe' : 'inherit';
    cluster.setupPrimary({
      exec,
      args: [...args],
      execArgv: [...execArgv, ...heapArguments, '--import', BOOT.href],
      stdio: ['ignore', stream, stream, 'ipc', 'pipe', 'pipe'],
    });
  }

  get rescued(): number {
    let rescued = this.#rescuedBefore;
    for (const rescue of this.#rescues.values()) rescued += rescue.rescued;
    return rescued;
  }

  launch(launch: Launch, listener: WorkerListener, label: () => string): WorkerProcess {
    const worker = cluster.fork({
      ...this.#settings.env,
      [LAUNCH_VARIABLE]: JSON.stringify(launch),
    });
    const forked = new ForkedProcess(worker, this.#settings.clock);
    this.#showOutput(worker, label);
    this.#connect(worker, listener);
    worker.on('message', (message: unknown) => {
      const parsed = parseFromWorker(message);
      if (parsed !== undefined) listener.onMessage(parsed);
    });
    forked.onEnd((exit) => {
      this.#disconnect(worker);
      listener.onExit(exit);
    });
    return forked;
  }

  #showOutput({ process: { stdout, stderr } }: Worker, label: () => string): void {
    const prefix = (): string => `[${label()}] `;
    if (stdout !== null) prefixOutput(stdout, process.stdout, prefix);
    if (stderr !== null) prefixOutput(stderr, process.stderr, prefix);
  }

  #connect(worker: Worker, listener: WorkerListener): void {
    const storeLine = lineOf(worker, STORE_DESCRIPTOR);
    const watchdogLine = lineOf(worker, WATCHDOG_DESCRIPTOR);
    if (storeLine !== undefined) {
      if (this.#store === undefined) storeLine.destroy();
      else this.#store.attach(worker.id, storeLine);
    }
    if (watchdogLine !== undefined) watchBlocked(watchdogLine, listener);
    if (this.#settings.distribution === 'round-robin')
      this.#rescues.set(worker.id, rescueConnections(worker));
  }

  #disconnect(worker: Worker): void {
    this.#store?.release(worker.id);
    this.#rescuedBefore += this.#rescues.get(worker.id)?.rescued ?? 0;
    this.#rescues.delete(worker.id);
  }
}
