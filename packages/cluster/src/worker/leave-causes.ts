import cluster from 'node:cluster';

/**
 * SIGTERM is for this worker, or for the whole group of processes. SIGINT and SIGHUP come to it from a terminal along with
 * the supervisor, which decides.
 */
export const watchSignals = (onTerminate: () => void): void => {
  process.on('SIGTERM', onTerminate);
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
};

/** Hears when the channel to the supervisor closes; Node would exit at once where nobody has asked for it. */
export const watchDisconnect = (onDisconnect: () => void): void => {
  const { worker } = cluster;
  worker?.once('disconnect', () => {
    worker.exitedAfterDisconnect = true;
    onDisconnect();
  });
};
