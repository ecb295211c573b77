import cluster from 'node:cluster';
import { FirstSignal } from '@holdfast/core/lifecycle';

/**
 * SIGTERM is for this worker, or for the whole group of processes. SIGINT and SIGHUP come to it from a terminal along with
 * the supervisor, which decides.
 */
export const watchSignals = (onTerminate: () => void): void => {
  const told = new FirstSignal();
  process.on('SIGTERM', () => {
    if (told.tell() !== 'again') onTerminate();
  });
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
};

const GONE: ReadonlySet<unknown> = new Set([
  'EPIPE',
  'ECONNRESET',
  'ERR_IPC_CHANNEL_CLOSED',
  'EIO',
]);

/** What is written to a supervisor that has just gone fails: also what `node:cluster` itself sends as a server closes. */
const ignoreGone = (error: Error): void => {
  if (!('code' in error && GONE.has(error.code))) throw error;
};

/** Hears when the channel to the supervisor closes; Node would exit at once where nobody has asked for it. */
export const watchDisconnect = (onDisconnect: () => void): void => {
  const { worker } = cluster;
  // `node:cluster` hands errors of the channel on to its worker.
  worker?.on('error', ignoreGone);
  worker?.once('disconnect', () => {
    worker.exitedAfterDisconnect = true;
    // Nobody may read them any more: what the program prints must not cost the requests that are in flight.
    for (const output of [process.stdout, process.stderr]) output.on('error', ignoreGone);
    onDisconnect();
  });
};
