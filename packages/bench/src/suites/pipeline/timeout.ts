import { within } from '../../harness/goals.ts';
import type { RatioGroup } from '../../harness/suite.ts';
import { around, succeeded, succeeding } from '../contender.ts';
import {
  abortSignalTimeout,
  cockatielAggressive,
  cockatielCooperative,
  holdfastDeadline,
  holdfastTimeout,
  mollitiaTimeout,
  pTimeoutGuard,
} from './timeouts.ts';

const TIME_MS = 10_000;
const own = holdfastTimeout(TIME_MS);

export const timeouts: RatioGroup = {
  kind: 'ratio',
  id: 'timeout',
  title: `Timeouts of ${TIME_MS / 1_000} s that do not fire`,
  loop: 'awaited',
  bare: succeeding,
  expects: succeeded,
  contestants: [
    own,
    holdfastDeadline(TIME_MS),
    mollitiaTimeout(TIME_MS),
    cockatielCooperative(TIME_MS),
    cockatielAggressive(TIME_MS),
    pTimeoutGuard(TIME_MS),
    abortSignalTimeout(TIME_MS),
  ].map(around(succeeding)),
  goals: within(own.name, { ratio: 6 }),
};
