import cluster from 'node:cluster';
import { warnOnce } from '@holdfast/core/adapter';
import { serveControl } from '../control/serve-control.ts';
import { distributionWarning } from '../distribution/distribution-warning.ts';
import { ClusterError } from '../errors.ts';
import { storeHost, type StoreHost } from '../ipc-store/store-host.ts';
import { heapArguments } from '../sizing/heap-arguments.ts';
import { machineOf } from '../sizing/machine.ts';
import { workerCount } from '../sizing/worker-count.ts';
import { ClusterLauncher } from './cluster-launcher.ts';
import { preloadOf } from './preload.ts';
import { obeySignals } from './process-signals.ts';
import { settingsOf, type Settings } from './settings.ts';
import { ClusterSupervisor } from './supervisor.ts';
import type { Distribution, SuperviseOptions } from './supervise-options.ts';
import type { Supervisor } from './types.ts';

/** `node:cluster` is one for each process, and takes its way of distribution once. */
let running: Supervisor | undefined;
let chosen: Distribution | undefined;

const assertFree = ({ distribution }: Settings): void => {
  if (!cluster.isPrimary)
    throw new ClusterError('HF_START_FAILED', 'supervise() was called in a worker of a cluster');
  if (running !== undefined)
    throw new ClusterError('HF_START_FAILED', `this process supervises "${running.name}" already`);
  if (chosen !== undefined && chosen !== distribution)
    throw new ClusterError('HF_START_FAILED', `this process has distributed by "${chosen}" before`);
};

const hostOf = ({ store, clock }: Settings): StoreHost | undefined =>
  store === undefined ? undefined : storeHost({ ...store, clock });

/** How many processes share the memory: also one that takes the place of another, and standbys. */
const processesOf = (workers: number, { standby }: Settings): number => workers + standby + 1;

const nodeOptionsOf = ({ env }: Settings): string =>
  (Object.hasOwn(env, 'NODE_OPTIONS') ? env['NODE_OPTIONS'] : process.env['NODE_OPTIONS']) ?? '';

const prepare = (settings: Settings): { supervisor: ClusterSupervisor; workers: number } => {
  const machine = machineOf();
  const workers = workerCount(settings.workers, machine);
  const nodeOptions = [...settings.execArgv, nodeOptionsOf(settings)];
  const processes = processesOf(workers, settings);
  const heap = heapArguments(settings.heapShare, machine, processes, nodeOptions);
  const warning = distributionWarning(settings.distribution);
  if (warning !== undefined) warnOnce('HF_REUSEPORT', warning);
  const store = hostOf(settings);
  const nodeArguments = [...heap, ...preloadOf(nodeOptions)];
  const launcher = new ClusterLauncher(settings, nodeArguments, store);
  const supervisor = new ClusterSupervisor(settings, launcher);
  if (store !== undefined) supervisor.atEnd(() => store[Symbol.dispose]());
  return { supervisor, workers };
};

/** Until who was killed is gone. */
const KILL_MS = 1_000;

const obey = (supervisor: ClusterSupervisor, { clock }: Settings): void => {
  const signals = obeySignals({
    stop: (reason) => supervisor.stop(reason),
    kill: (exit) => {
      supervisor.killAll();
      clock.setTimer(exit, KILL_MS);
    },
    // Why it was given up is told by its event.
    reload: () => void supervisor.reload('SIGHUP').catch(() => undefined),
  });
  supervisor.atEnd(() => signals[Symbol.dispose]());
};

/**
 * Runs a program in several processes that share its ports, and keeps them running.
 *
 * Resolves once every worker is ready. Rejects with `HF_START_FAILED` where none can be: its program crashes until the
 * restart budget is used up, never becomes ready, exits with a code that says not to try again, or its port is in use.
 * Some that cannot are left out, and the state is `degraded`.
 *
 * - A worker that dies is replaced at once, from the second time in a row on after a growing delay, and never more often
 *   than the budget of the whole cluster allows.
 * - `reload` (or SIGHUP) replaces workers one by one, the new one before the old, and leaves the old ones alone where
 *   the new program does not become ready.
 * - A worker whose event loop stands still is reported with the line that it stands at, and replaced.
 * - SIGTERM and SIGINT drain all workers and end this process.
 *
 * The program needs to know nothing of it: every HTTP server that it starts is drained before its process ends. It
 * may take part by `lifecycle()` of `@holdfast/cluster/worker`. One supervisor runs in a process at a time. Rejects
 * with `TypeError` or `RangeError` for a wrong option.
 */
export const supervise = async (options: SuperviseOptions): Promise<Supervisor> => {
  const settings = settingsOf(options);
  assertFree(settings);
  const { supervisor, workers } = prepare(settings);
  running = supervisor;
  chosen = settings.distribution;
  supervisor.atEnd(() => {
    running = undefined;
  });
  if (settings.signals) obey(supervisor, settings);
  if (settings.controlPath !== undefined) await control(supervisor, settings.controlPath);
  await supervisor.start(workers);
  return supervisor;
};

const control = async (supervisor: ClusterSupervisor, path: string): Promise<void> => {
  try {
    const served = await serveControl(path, supervisor);
    supervisor.atEnd(() => served[Symbol.asyncDispose]());
  } catch (error) {
    await supervisor.stop('the control socket could not be opened');
    throw error;
  }
};
