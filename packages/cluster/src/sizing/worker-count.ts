import { outOfRange } from '@holdfast/core/adapter';
import { countOf } from '../supervisor/settings.ts';
import type { SuperviseOptions } from '../supervisor/types.ts';
import type { Machine } from './types.ts';

/** Overrides `auto`. */
const WORKERS_VARIABLE = 'HOLDFAST_WORKERS';

/** What a worker of a usual service takes, with its share of code and buffers. */
const WORKER_BYTES = 192 * 2 ** 20;
/** The rest is for the supervisor, the system's caches and a further worker during a reload. */
const MEMORY_SHARE = 0.75;

const automatic = ({ cpus, memoryBytes }: Machine): number =>
  Math.max(1, Math.min(Math.floor(cpus), Math.floor((memoryBytes * MEMORY_SHARE) / WORKER_BYTES)));

const fromEnvironment = (text: string): number => {
  if (!/^\d{1,9}$/.test(text))
    throw outOfRange(WORKERS_VARIABLE, text, 'a whole number from 1, or nothing');
  return countOf(WORKERS_VARIABLE, Number(text), 1);
};

/**
 * How many workers there are to be. `auto` is one for each whole CPU, no more than memory has room for at 192 MiB each,
 * and at least one; `HOLDFAST_WORKERS` in the environment stands in its place, unless it is empty. Throws `TypeError` or
 * `RangeError` for a wrong number.
 */
export const workerCount = (
  workers: SuperviseOptions['workers'],
  machine: Machine,
  environment: NodeJS.ProcessEnv = process.env,
): number => {
  if (typeof workers === 'function') return countOf('workers()', workers(machine), 1);
  if (typeof workers === 'number') return countOf('workers', workers, 1);
  const text = environment[WORKERS_VARIABLE]?.trim() ?? '';
  return text === '' ? automatic(machine) : fromEnvironment(text);
};
