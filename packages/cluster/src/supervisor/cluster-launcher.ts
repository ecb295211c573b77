import cluster, { type Worker } from 'node:cluster';
import { Socket } from 'node:net';
import { rescueConnections, type ConnectionRescue } from '../rescue/rescue-connections.ts';
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
import { ForkedProcess, stillborn } from './forked-process.ts';
import type { Settings } from './settings.ts';
import type { Exit, Launcher, WorkerListener, WorkerProcess } from './worker-process.ts';

/** Until what dead workers wrote has been passed on to whoever reads slowly. */
const OUTPUT_MS = 500;

/** Of a process that could not be started in full, Node leaves some or all of these out. */
const streamsOf = ({ process: { stdio } }: Worker): readonly unknown[] => {
  const streams: unknown = stdio;
  return Array.isArray(streams) ? streams : [];
};

const launchOf = (settings: Settings, generation: number, slot: number | undefined): Launch => {
  const { name, ready, distribution, shutdown, watchdog } = settings;
  return {
    name,
    generation,
    slot,
    supervisorPid: process.pid,
    readyOn: ready.on,
    reusePort: distribution === 'reuseport',
    store: settings.store !== undefined,
    shutdown,
    watchdog,
  };
};

/** Forks workers by `node:cluster`, of whose settings a process has one set. */
export class ClusterLauncher implements Launcher {
  rescued = 0;
  readonly #settings: Settings;
  readonly #store: StoreHost | undefined;
  readonly #outputs = new Set<Socket>();
  #onOutputEnd: () => void = () => undefined;

  /** `nodeArguments` come after the user's. */
  constructor(settings: Settings, nodeArguments: readonly string[], store: StoreHost | undefined) {
    this.#settings = settings;
    this.#store = store;
    const { distribution, exec, args, execArgv, output } = settings;
    cluster.schedulingPolicy =
      distribution === 'round-robin' ? cluster.SCHED_RR : cluster.SCHED_NONE;
    const stream = output === 'prefix' ? 'pipe' : 'inherit';
    cluster.setupPrimary({
      exec,
      args: [...args],
      execArgv: [...execArgv, ...nodeArguments],
      stdio: ['ignore', stream, stream, 'ipc', 'pipe', 'pipe'],
    });
  }

  launch(
    { generation, slot }: Pick<Launch, 'generation' | 'slot'>,
    listener: WorkerListener,
    label: () => string,
  ): WorkerProcess {
    const { clock, env } = this.#settings;
    let worker: Worker;
    try {
      const launch = JSON.stringify(launchOf(this.#settings, generation, slot));
      worker = cluster.fork({ ...env, [LAUNCH_VARIABLE]: launch });
    } catch (error) {
      return stillborn(error, listener, clock);
    }
    const forked = new ForkedProcess(worker, clock);
    const streams = streamsOf(worker);
    this.#showOutput(streams, label);
    const rescue = this.#connect(worker, streams, listener);
    worker.on('message', (message: unknown) => {
      const parsed = parseFromWorker(message);
      if (parsed !== undefined) listener.onMessage(parsed);
    });
    const onEnd = (exit: Exit): void => {
      this.rescued += rescue?.rescued ?? 0;
      this.#disconnect(worker, streams);
      listener.onExit(exit);
    };
    forked.onEnd(onEnd, () => listener.onChannelClosed());
    return forked;
  }

  async outputEnded(): Promise<void> {
    if (this.#outputs.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onOutputEnd = resolve;
    const timer = this.#settings.clock.setTimer(resolve, OUTPUT_MS);
    await promise;
    timer[Symbol.dispose]();
  }

  #showOutput([, stdout, stderr]: readonly unknown[], label: () => string): void {
    const prefix = (): string => `[${label()}] `;
    const targets = [
      [stdout, process.stdout],
      [stderr, process.stderr],
    ] as const;
    for (const [source, target] of targets) {
      if (!(source instanceof Socket)) continue;
      prefixOutput(source, target, prefix);
      this.#outputs.add(source);
      source.once('close', () => {
        this.#outputs.delete(source);
        if (this.#outputs.size === 0) this.#onOutputEnd();
      });
    }
  }

  #connect(
    worker: Worker,
    streams: readonly unknown[],
    listener: WorkerListener,
  ): ConnectionRescue | undefined {
    const storeLine = streams[STORE_DESCRIPTOR];
    const watchdogLine = streams[WATCHDOG_DESCRIPTOR];
    if (storeLine instanceof Socket) {
      if (this.#store === undefined) storeLine.destroy();
      else this.#store.attach(worker.id, storeLine);
    }
    if (watchdogLine instanceof Socket) watchBlocked(watchdogLine, listener);
    return this.#settings.distribution === 'round-robin' ? rescueConnections(worker) : undefined;
  }

  #disconnect(worker: Worker, streams: readonly unknown[]): void {
    // Whoever it has left behind may hold its output open; that is no reason for this process to stay.
    for (const stream of streams) if (stream instanceof Socket) stream.unref();
    this.#store?.release(worker.id);
  }
}
