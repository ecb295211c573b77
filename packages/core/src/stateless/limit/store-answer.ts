import type { Metered, Store } from '../store.ts';

const isTime = (value: unknown): boolean =>
  typeof value === 'number' && value >= 0 && value < Infinity;

const isCount = (value: unknown): boolean => isTime(value) && Number.isInteger(value);

/** Throws `TypeError` where a store has answered what a limit cannot go by: who waits for it hears of that. */
export const assertMetered = (answer: Metered | null | undefined, { name }: Store): void => {
  const { units, remaining, retryMs, moreMs, resetMs }: Partial<Metered> = answer ?? {};
  if (isCount(units) && isCount(remaining) && [retryMs, moreMs, resetMs].every(isTime)) return;
  throw new TypeError(`store "${name}" answered no numbers of a limit`);
};

/** Throws `TypeError` where a store has not said how many holders there are. */
export const assertHolders = (holders: unknown, { name }: Store): void => {
  if (!isCount(holders)) throw new TypeError(`store "${name}" answered no number of holders`);
};
