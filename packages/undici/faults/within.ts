import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 5;

/** Waits until it is true, at most so long; tells whether it became true. */
export const within = async (
  ms: number,
  isTrue: () => boolean | Promise<boolean>,
): Promise<boolean> => {
  const until = performance.now() + ms;
  while (!(await isTrue())) {
    if (performance.now() > until) return false;
    await sleep(LOOK_EVERY_MS);
  }
  return true;
};

/** What the promise gives, or the other value when it takes longer. */
export const orAfter = async <T>(ms: number, promise: Promise<T>, otherwise: T): Promise<T> => {
  const over = new AbortController();
  const late = sleep(ms, otherwise, { signal: over.signal });
  late.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    over.abort();
  }
};
