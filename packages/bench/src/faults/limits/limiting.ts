// One of several processes that share limits, and ask for more than these allow.
import {
  sharedRateLimit,
  type SharedRateLimit,
  type SharedRateLimitSnapshot,
} from '@holdfast/core/stateless';
import { answering, type Question } from '../processes/questions.ts';
import { openStore } from '../processes/stores.ts';
import type { LimitNumbers } from './numbers.ts';

const MS_PER_SECOND = 1_000;
const TICK_MS = 5;
/** A busy machine is no lost store. */
const DEADLINE_MS = 500;

const [, , redisPort = ''] = process.argv;
const opened = openStore(Number(redisPort));

let limits: readonly SharedRateLimit[] = [];

const prepare = async ({ numbers }: Question): Promise<void> => {
  const { store } = await opened;
  // Both ends of the channel are this bench.
  limits = (numbers as readonly LimitNumbers[]).map((each, at) =>
    sharedRateLimit({ store, name: `shared-${at}`, deadlineMs: DEADLINE_MS, ...each }),
  );
};

/** Keeps asking at a steady pace, whatever it is answered. */
const start = ({ perSecond }: Question): void => {
  const begin = performance.now();
  let asked = 0;
  setInterval(() => {
    const due = ((performance.now() - begin) * Number(perSecond)) / MS_PER_SECOND;
    while (asked < due) {
      asked++;
      for (const limit of limits) void limit.take({ key: 'everybody' });
    }
  }, TICK_MS);
};

const report = (): readonly SharedRateLimitSnapshot[] => limits.map((limit) => limit.snapshot());

answering({ prepare, start, report });
