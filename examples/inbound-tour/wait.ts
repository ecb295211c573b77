import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 5;

/** Whether it came true within that time. Looks again and again; it does not say when. */
export const comesTrue = async (
  condition: () => boolean | Promise<boolean>,
  withinMs = 3_000,
): Promise<boolean> => {
  const until = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > until) return false;
    await sleep(LOOK_EVERY_MS);
  }
  return true;
};
