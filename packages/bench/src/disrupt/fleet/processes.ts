import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 4;

/** Fields after the name of the program, which may have spaces in it; undefined where there is no such process. */
const statOf = (pid: number): readonly string[] | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
};

const answersSignals = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Whether it runs no more. One that nobody has waited for yet is gone as well. */
const isGone = (pid: number): boolean => {
  if (!answersSignals(pid)) return true;
  const state = statOf(pid)?.[0];
  return state === 'Z' || state === 'X';
};

/** Sends a signal to a process, if it is there. */
export const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
};

/** When the process was gone, by `performance.now()`; undefined where it is there after so long. */
export const goneAt = async (pid: number, withinMs: number): Promise<number | undefined> => {
  const end = performance.now() + withinMs;
  while (performance.now() < end) {
    if (isGone(pid)) return performance.now();
    await sleep(LOOK_EVERY_MS);
  }
  return undefined;
};

const KILLED_MS = 5_000;

/** Kills processes, and waits until they are gone. */
export const killAll = async (pids: readonly number[]): Promise<void> => {
  for (const pid of pids) signal(pid, 'SIGKILL');
  await Promise.all(pids.map((pid) => goneAt(pid, KILLED_MS)));
};

const UTIME = 11;
const STIME = 12;
/** What the kernel counts time of processes in, on every Linux that Node runs on. */
const MS_PER_TICK = 10;

/** Processor time of all of them; undefined where the system does not tell. */
export const processorMs = (pids: readonly number[]): number | undefined => {
  let ticks = 0;
  for (const pid of pids) {
    const stat = statOf(pid);
    if (stat === undefined) return undefined;
    ticks += Number(stat[UTIME]) + Number(stat[STIME]);
  }
  return ticks * MS_PER_TICK;
};
