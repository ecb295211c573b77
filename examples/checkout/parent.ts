import cluster from 'node:cluster';
import type { Server } from 'node:http';
import type { Command, Message } from './messages.ts';

// The end of a child process's line to main; a worker's parent is its supervisor.

// Main is gone, however it ended: nothing of the demo may stay behind. Workers leave by themselves then.
if (cluster.isPrimary) process.once('disconnect', () => process.exit());

/** Tells main something, unless main is gone. */
export const tell = (message: Message): void => {
  if (process.connected) process.send?.(message);
};

/** Resolves with the time of day at which the script begins. */
export const started: Promise<number> = new Promise((resolve) => {
  process.on('message', (command: Command) => {
    if (command.type === 'start') resolve(command.atMs);
  });
});

/** Resolves when customers stop coming. */
export const stopped: Promise<void> = new Promise((resolve) => {
  process.on('message', (command: Command) => {
    if (command.type === 'stop') resolve();
  });
});

/** Listens on a free port of this machine alone and tells main where. */
export const serve = (server: Server): void => {
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    tell({ type: 'ready', url: `http://127.0.0.1:${address.port}` });
  });
};
