import { existsSync, readFileSync } from 'node:fs';
import inspector from 'node:inspector';
import { fork } from 'node:child_process';
import { startWatchdog } from '../../../src/watchdog/start-watchdog.ts';

// A worker that stands still in the ways its parent asks for, or with `parent` as its argument the parent of one.

const spin = (forMs: number): void => {
  const endMs = Date.now() + forMs;
  while (Date.now() < endMs);
};

const turn = (leftMs: number): Promise<void> =>
  new Promise((resolve) => {
    spin(20);
    setImmediate(() => resolve(leftMs > 20 ? turn(leftMs - 20) : undefined));
  });

const WAYS = {
  busy: () => spin(60_000),
  expression: () => /^(a+)+$/.test(`${'a'.repeat(40)}!`),
  /** Until there is a file of that name. */
  files: (path) => {
    while (!existsSync(path));
  },
  /** Until somebody writes to the FIFO. */
  native: (path) => readFileSync(path),
  load: (forMs) => turn(Number(forMs)),
  debugged: async (forMs) => {
    inspector.open(0, '127.0.0.1');
    await turn(100);
    spin(Number(forMs));
    await turn(100);
    inspector.close();
    await turn(100);
  },
} satisfies Record<string, (argument: string) => unknown>;

export type Way = keyof typeof WAYS;

const say = (message: string): void => {
  // An orphan has nobody to tell.
  if (process.connected) process.send?.(message);
};

const standStill = (): void => {
  const [blockedAfterMs, orphanAfterMs, drainMs] = process.argv.slice(2).map(Number);
  const watchdog = startWatchdog({
    blockedAfterMs: blockedAfterMs ?? 300,
    orphanAfterMs,
    descriptor: 5,
    slot: () => 3,
  });
  if (drainMs !== undefined) watchdog.draining(drainMs);
  process.on('message', ([way, argument]: [Way, string]) => {
    void Promise.resolve(WAYS[way](argument)).then(() => say('done'));
  });
  // Its thread has begun to look.
  setTimeout(() => say('started'), 200);
};

const bear = (): void => {
  const [, , , way = 'busy', ...args] = process.argv;
  const child = fork(import.meta.filename, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe', 'pipe'],
  });
  child.on('message', () => {
    child.send([way, '60000']);
    setTimeout(() => say('born'), 100);
  });
};

if (process.argv[2] === 'parent') bear();
else standStill();
