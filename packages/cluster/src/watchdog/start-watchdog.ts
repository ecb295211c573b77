import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { given, numberIn, warnOnce } from '@holdfast/core/adapter';
import { Board } from './board.ts';
import { startBeating } from './thread/beat.ts';
import type { ThreadSettings } from './thread/settings.ts';
import { everyMsOf } from './watch.ts';

/** Options of `startWatchdog`; all but `blockedAfterMs` may be left out. */
export interface StartWatchdogOptions {
  /** How long the event loop may stand still. At least 100, and at most 2^31 - 1. */
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

const settingsOf = (options: StartWatchdogOptions): ThreadSettings => ({
  blockedAfterMs: numberIn('blockedAfterMs', options.blockedAfterMs, { min: 100, max: MAX_MS }),
  orphanAfterMs: numberIn('orphanAfterMs', given(options.orphanAfterMs, 5_000), {
    above: 0,
    max: MAX_MS,
  }),
  parentPid: given(options.parentPid, process.ppid),
  descriptor: options.descriptor,
});

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
  warnOnce(
    'HF_NO_WATCHDOG',
    `a blocked event loop of this process will not be seen, its watchdog has failed: ${String(error)}`,
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
