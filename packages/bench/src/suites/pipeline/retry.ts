import { within } from '../../harness/goals.ts';
import type { Contestant, Operation, RatioGroup } from '../../harness/suite.ts';
import { around, succeeded, succeeding, type Call, type Guard } from '../contender.ts';
import {
  cockatielRetryGuard,
  holdfastAtOnce,
  holdfastRetry,
  mollitiaRetry,
  pRetryGuard,
} from './retries.ts';

const peers = [cockatielRetryGuard, pRetryGuard, mollitiaRetry];

export const retries: RatioGroup = {
  kind: 'ratio',
  id: 'retry',
  title: 'Retries whose first attempt succeeds',
  loop: 'awaited',
  bare: succeeding,
  expects: succeeded,
  contestants: [holdfastRetry, ...peers].map(around(succeeding)),
  goals: within(holdfastRetry.name, { ratio: 2.5 }),
};

/** Fails and succeeds in turn. */
const failingFirst = (): Call => {
  const succeed = succeeding();
  const error = new Error('down');
  let failed = false;
  return async () => {
    failed = !failed;
    if (failed) throw error;
    return await succeed();
  };
};

/** What one would write by hand. */
const again = (): Operation => {
  const call = failingFirst();
  return async () => {
    try {
      return await call();
    } catch {
      return await call();
    }
  };
};

const AT_ONCE = 2_000;
const TIMES = 5;

/**
 * Compiled beforehand, by many calls at once: some wait for a timer before each retry, and would not
 * make enough of them one after another.
 */
const compiled = ({ name, side, guard }: Guard): Contestant => ({
  name,
  side,
  make: async () => {
    const operations = Array.from({ length: AT_ONCE }, () => guard(failingFirst()));
    for (let i = 0; i < TIMES; i++) await Promise.all(operations.map((operation) => operation()));
    return guard(failingFirst());
  },
});

export const secondAttempts: RatioGroup = {
  kind: 'ratio',
  id: 'retry-once',
  title: 'Retries at once whose second attempt succeeds, against a catch that calls again',
  loop: 'awaited',
  bare: again,
  expects: succeeded,
  contestants: [holdfastAtOnce, ...peers].map(compiled),
  goals: [],
};
