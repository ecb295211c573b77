import { setTimeout as sleep } from 'node:timers/promises';

const STEP_MS = 10;

/** Asks again and again until the answer is yes; an error is no. */
export const until = async (
  what: string,
  holds: () => Promise<boolean> | boolean,
  withinMs = 10_000,
): Promise<void> => {
  const end = performance.now() + withinMs;
  let last: unknown;
  while (performance.now() < end) {
    try {
      if (await holds()) return;
    } catch (error) {
      last = error;
    }
    await sleep(STEP_MS);
  }
  throw new Error(`${what}: not within ${withinMs} ms`, { cause: last });
};
