import type { Clock } from '@holdfast/core';

/** Resolves with the promise, or with undefined when the time is over; no timer is left. Rejects as the promise does. */
export const within = async <T>(
  clock: Clock,
  limitMs: number,
  promise: Promise<T>,
): Promise<T | undefined> => {
  const { promise: over, resolve } = Promise.withResolvers<undefined>();
  const timer = clock.setTimer(() => resolve(undefined), limitMs);
  try {
    return await Promise.race([promise, over]);
  } finally {
    timer[Symbol.dispose]();
  }
};
