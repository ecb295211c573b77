import cluster from 'node:cluster';
import { processWide } from '@holdfast/core/lifecycle';
import type { Launch } from '../protocol/launch.ts';
import { aloneLifecycle } from './alone.ts';
import { takeLaunch } from './read-launch.ts';
import { supervisedLifecycle } from './supervised.ts';
import type { Lifecycle } from './types.ts';

/** Threads and children that a program starts before the boot have its environment, and are no workers. */
const ownLaunch = (): Launch | undefined => {
  const launch = takeLaunch(process.env);
  const isOwn = cluster.isWorker && process.ppid === launch?.supervisorPid;
  return isOwn ? launch : undefined;
};

const supervised = (): Lifecycle | undefined => {
  const launch = ownLaunch();
  return launch && supervisedLifecycle(launch);
};

/** Before the program of a worker begins; where this is none, nothing happens. */
export const beginWorker = (): void => {
  processWide('lifecycle', supervised);
};

/**
 * The life of this process, always the same object. A worker of `supervise` has it before its program begins, and
 * leaves without losing a request though the program knows nothing of it: every server of HTTP that listens is drained,
 * be it that the supervisor wants it, SIGTERM comes, an error is caught by nobody, or the supervisor dies; it exits with
 * 0 where that was clean, else with 1. A server that has a drain of its own, which signals start, is left to that.
 * Servers of `node:net` and `node:tls` take no more connections, and what they have is ended shortly before the
 * deadline; what was deferred waits for them too. Where a server made it ready and the program closes all of them,
 * another worker takes its place. Where the program listens to `uncaughtException` itself, errors are its own affair.
 *
 * Where no supervisor has started the process the first call begins it: SIGTERM and SIGINT drain every server of HTTP
 * that listens after that, and exit, as `drain` of `@holdfast/core/http` does; `leave` exits with 1, so that whoever
 * has started the process starts another.
 */
export const lifecycle = (): Lifecycle =>
  processWide('lifecycle', () => supervised() ?? aloneLifecycle());
