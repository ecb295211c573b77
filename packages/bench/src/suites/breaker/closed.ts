import { within } from '../../harness/goals.ts';
import type { RatioGroup } from '../../harness/suite.ts';
import { around, succeeded, succeeding } from '../contender.ts';
import { contenders, holdfastCount, holdfastDefaults } from './contenders.ts';

export const closed: RatioGroup = {
  kind: 'ratio',
  id: 'closed',
  title: 'Closed, successes, one after another',
  loop: 'awaited',
  bare: succeeding,
  expects: succeeded,
  contestants: contenders.map(around(succeeding)),
  goals: [
    ...within(holdfastCount(100).name, { ratio: 2.2, addedBytes: 160, turns: 2 }),
    ...within(holdfastDefaults.name, { ratio: 3.2, addedBytes: 160, turns: 2 }),
  ],
};

export const inFlight: RatioGroup = {
  ...closed,
  id: 'in-flight',
  title: 'Closed, successes, 100 calls in flight',
  loop: 'inFlight',
  goals: [],
};
