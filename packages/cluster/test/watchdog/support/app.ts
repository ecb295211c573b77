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

/** What a debugger would have to copy to show the frames of it. */
const LARGE = 'u'.repeat(20e6);
const LONG_NAME = 'f'.repeat(100_000);

const descend = function (this: string, depth: number, bottom: () => void): void {
  if (depth > 0) Reflect.apply(descend, this, [depth - 1, bottom]);
  else bottom();
};

const WAYS = {
  /** In frames that are large and many, in a program with stack traces of its own. */
  large: (forMs) => {
    const ownTrace = (): string => {
      throw new Error('the own code of the program runs');
    };
    Object.assign(Error, { stackTraceLimit: 3, prepareStackTrace: ownTrace });
    const { [LONG_NAME]: bottom = spin } = { [LONG_NAME]: () => spin(Number(forMs)) };
    Reflect.apply(descend, LARGE, [3_000, bottom]);
    const isAsBefore = Error.stackTraceLimit === 3 && Error.prepareStackTrace === ownTrace;
    process.stderr.write(isAsBefore ? 'Error is as before\n' : 'Error has changed\n');
  },
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
