import { appendFileSync, readFileSync } from 'node:fs';

const { STARTS } = process.env;
const START_TIME = 19;
const MS_PER_TICK = 10;

/** When the system made this process, where it tells; only what lies between such times means anything. */
const startedMs = () => {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_TIME]) * MS_PER_TICK;
  } catch {
    return performance.timeOrigin;
  }
};

/** Each start leaves a line of its own, so that restarts are counted by nobody who makes them. */
export const noteStart = () => {
  if (STARTS !== undefined) appendFileSync(STARTS, `${startedMs()} ${process.pid}\n`);
};
