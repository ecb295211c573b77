import { setTimeout as sleep } from 'node:timers/promises';

/** What the promise gives, or the other value when it takes longer. */
export const orAfter = async <T, Other>(
  ms: number,
  promise: Promise<T>,
  otherwise: Other,
): Promise<T | Other> => {
  const over = new AbortController();
  const late = sleep(ms, otherwise, { signal: over.signal });
  late.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    over.abort();
  }
};
