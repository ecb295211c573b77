import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { outOfRange, wrongType } from '@holdfast/core/lifecycle';
import { Board } from './board.ts';
import { startBeating } from './thread/beat.ts';
import type { ThreadSettings } from './thread/settings.ts';
import { everyMsOf } from './watch.ts';

/** Options of `startWatchdog`; all but `blockedAfterMs` may be left out. */
export interface StartWatchdogOptions {
  /** How long the event loop may stand still. From 100 up to 2^31 - 1, as `orphanAfterMs` from 1 on. */
  readonly blockedAfterMs: number;
  /** How long a blocked process outlives its parent. Default 5,000. */
  readonly orphanAfterMs?: number | undefined;
  /** Default the parent of now: give the one at the process's start where this is called later. */
  readonly parentPid?: number | undefined;
  /** Where reports go as lines of JSON, beside standard error. Default nowhere. */
  readonly descriptor?: number | undefined;
  /** What a report on standard error says of the worker's place; asked at every beat. Default none. */
  readonly slot?: (() => number | undefined) | undefined;
}

/** Made by `startWatchdog(options)`. Disposing it ends the watch. */
export interface Watchdog extends Disposable {
  /**
   * The process is about to end, `withinMs` from now at most: if its parent dies it is killed a second after that,
   * and not for being blocked. The last call counts.
   */
  draining(withinMs: number): void;
}

const MAX_MS = 2 ** 31 - 1;

/** Core's `numberIn` would load every policy of core into the worker. */
const durationOf = (option: string, value: unknown, min: number): number => {
  const allowed = `a number from ${min} up to ${MAX_MS}`;
  if (typeof value !== 'number') throw wrongType(option, value, allowed);
  if (!(value >= min && value <= MAX_MS)) throw outOfRange(option, value, allowed);
  return value;
};

/** Where the permission model forbids it, `connectToMainThread` aborts the whole process (Node 22 to 26). */
const canInspect = (): boolean =>
  process.features.inspector && (process.permission?.has('inspector') ?? true);

const settingsOf = (options: StartWatchdogOptions): ThreadSettings => {
  const { blockedAfterMs, orphanAfterMs = 5_000, parentPid = process.ppid, descriptor } = options;
  return {
    blockedAfterMs: durationOf('blockedAfterMs', blockedAfterMs, 100),
    orphanAfterMs: durationOf('orphanAfterMs', orphanAfterMs, 1),
    canInspect: canInspect(),
    parentPid,
    descriptor,
  };
};

/**
 * The environment is empty so that no `NODE_OPTIONS` loads an agent into the thread as well; its output is not piped
 * through this one, which is blocked when it has something to say.
 */
const startThread = (settings: ThreadSettings, board: Board): Worker => {
  const entry = new URL(`thread/thread${extname(import.meta.filename)}`, import.meta.url);
  return new Worker(entry, {
    name: 'holdfast-watchdog',
    workerData: { settings, memory: board.memory },
    execArgv: [],
    env: {},
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 },
  });
};

const warn = (error: unknown): void =>
  process.emitWarning(
    `a blocked event loop of this process will not be seen, its watchdog has failed: ${String(error)}`,
    { code: 'HF_NO_WATCHDOG', type: 'HoldfastWarning' },
  );

const NO_WATCHDOG: Watchdog = { draining: () => undefined, [Symbol.dispose]: () => undefined };

/**
 * Has a thread watch the event loop of this one. When it stands still for longer than `blockedAfterMs` the stack of
 * the culprit is read through the inspector, and written to standard error and to `descriptor`, once for each time:
 * within a second after the limit, though a regular expression or a loop of synchronous calls may never end. Native
 * code has no stack; the report then says what the system knows of it. Nothing is reported for load alone (a loop
 * that turns, however slowly, is not blocked), nor after a time in which the whole process was stopped, nor while the
 * inspector is open. A process whose parent has died is killed `orphanAfterMs` later if it is blocked since.
 *
 * A worker calls this when it is ready, at the latest after 500 ms: a block that begins before, while the program
 * loads, is noticed by the time limit for being ready alone. To have the thread from the first moment on would cost
 * each worker 3 to 4 ms of its main thread before it listens, and 20 ms of processor time in all.
 *
 * Where there can be no thread (the permission model) a warning says so, once, and nothing is watched; where there is
 * no inspector, reports have no stack. Throws `TypeError` or `RangeError` for a wrong option.
 */
export const startWatchdog = (options: StartWatchdogOptions): Watchdog => {
  const settings = settingsOf(options);
  const board = new Board();
  let thread: Worker;
  try {
    thread = startThread(settings, board);
  } catch (error) {
    warn(error);
    return NO_WATCHDOG;
  }
  const beating = startBeating(board, everyMsOf(settings.blockedAfterMs), options.slot);
  const end = (): void => {
    beating[Symbol.dispose]();
    void thread.terminate();
  };
  thread.on('error', (error) => {
    end();
    warn(error);
  });
  thread.unref();
  return { draining: (withinMs) => board.drain(withinMs), [Symbol.dispose]: end };
};
