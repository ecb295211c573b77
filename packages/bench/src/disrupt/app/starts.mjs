import { appendFileSync } from 'node:fs';

const { STARTS } = process.env;

/** Each start leaves a line of its own, so that restarts are counted by nobody who makes them. */
export const noteStart = () => {
  if (STARTS !== undefined) appendFileSync(STARTS, `${Date.now()} ${process.pid}\n`);
};
