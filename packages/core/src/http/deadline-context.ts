import { AsyncLocalStorage } from 'node:async_hooks';
import { numberIn, wrongType } from '../options/validate.ts';
import { processWide } from '../runtime/process-wide.ts';
import { remainingMs } from '../runtime/remaining.ts';
import { systemClock } from '../runtime/system-clock.ts';

const storage = processWide('deadline', () => new AsyncLocalStorage<number | undefined>());

const assertWork = (work: unknown): void => {
  if (typeof work !== 'function') throw wrongType('work', work, 'a function');
};

/** As `withDeadline`, by a time of the system's clock that is known to be right. */
export const untilDeadline = <T>(due: number, work: () => T): T => {
  const outer = storage.getStore();
  return outer !== undefined && outer <= due ? work() : storage.run(due, work);
};

/**
 * Calls `work` and returns what it returns; everything that it starts, also later and across `await`,
 * timers and events, has `deadlineMs` from now. Inside another deadline the nearer one holds. `work` is
 * called also when no time is left; it is the adapters' calls, waits and sleeps inside that then end
 * with `HF_DEADLINE_EXCEEDED`. Nothing is aborted by this alone.
 * Throws `TypeError` or `RangeError` unless `deadlineMs` is a finite number from 0 and `work` a function.
 */
export const withDeadline = <T>(deadlineMs: number, work: () => T): T => {
  const due = systemClock.now() + numberIn('deadlineMs', deadlineMs, { min: 0 });
  assertWork(work);
  return untilDeadline(due, work);
};

/**
 * Calls `work` and returns what it returns; what it starts has no deadline, as work that outlives the
 * request it came with: a log, a cache that is filled. Throws `TypeError` unless `work` is a function.
 */
export const withoutDeadline = <T>(work: () => T): T => {
  assertWork(work);
  return storage.run(undefined, work);
};

/** The deadline of the code that runs, in milliseconds of `performance.now()`; undefined without one. */
export const currentDeadline = (): number | undefined => storage.getStore();

/** Milliseconds left until the current deadline, never below 0; `Infinity` without one. */
export const remainingDeadlineMs = (): number => remainingMs(storage.getStore(), systemClock);
