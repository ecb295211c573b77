import { within } from '../../harness/goals.ts';
import type { RatioGroup } from '../../harness/suite.ts';
import { around, succeeded, succeeding } from '../contender.ts';
import {
  cockatielAggressiveStack,
  cockatielCooperativeStack,
  combinedStack,
  holdfastCountStack,
  holdfastStack,
  holdfastStandard,
  mollitiaStack,
  USUAL,
} from './stacks.ts';

const count = holdfastCountStack(USUAL);
const defaults = holdfastStack(USUAL);

export const stack: RatioGroup = {
  kind: 'ratio',
  id: 'stack',
  title: 'Retry, breaker, bulkhead and timeout; the call succeeds',
  loop: 'awaited',
  bare: succeeding,
  expects: succeeded,
  contestants: [
    count,
    defaults,
    holdfastStandard(USUAL),
    combinedStack(USUAL),
    cockatielCooperativeStack(USUAL),
    cockatielAggressiveStack(USUAL),
    mollitiaStack(USUAL),
  ].map(around(succeeding)),
  goals: [count, defaults].flatMap(({ name }) =>
    within(name, { ratio: 8, addedBytes: 1_100, turns: 3 }),
  ),
};
