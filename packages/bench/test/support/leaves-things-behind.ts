// Starts two processes, gives both and a folder to the keeper, and takes one of the processes back.
import { spawn } from 'node:child_process';
import { Keeping } from '../../src/faults/processes/keeping.ts';

const [, , folder = ''] = process.argv;

const idle = (): number => {
  const { pid } = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
    stdio: 'ignore',
    detached: true,
  });
  if (pid === undefined) throw new Error('nothing started');
  return pid;
};

const keeping = new Keeping();
const [kept, released] = [idle(), idle()];
keeping.add({ pid: kept, folder });
keeping.add({ pid: released });
keeping.remove({ pid: released });
// Long enough for the keeper to have heard of it.
setTimeout(() => process.send?.([kept, released]), 500);
