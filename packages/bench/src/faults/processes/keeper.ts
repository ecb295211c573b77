// Ends what its parent has started and not ended, as soon as the parent is gone, whatever ended it.
import { rmSync } from 'node:fs';
import type { Kept } from './keeping.ts';

const pids = new Set<number>();
const folders = new Set<string>();

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
};

process.on('message', ({ pid, folder, isOver }: Kept) => {
  if (pid !== undefined) pids[isOver ? 'delete' : 'add'](pid);
  if (folder !== undefined) folders[isOver ? 'delete' : 'add'](folder);
});

process.on('disconnect', () => {
  for (const pid of pids) kill(pid);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  process.exit();
});

// A terminal sends these to all processes at once; the parent's end is what counts.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
