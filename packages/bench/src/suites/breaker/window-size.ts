import type { Contestant, RatioGroup } from '../../harness/suite.ts';
import { succeeded, succeeding } from '../contender.ts';
import type { Contender } from './contender.ts';
import { cockatielCount, holdfastCount, mollitiaCount } from './contenders.ts';
import { repeated } from './repeated.ts';

const SIZES = [10, 100, 1_000, 10_000, 100_000, 1_000_000];
/** One call of mollitia takes milliseconds above. */
const MOLLITIA_SIZES = [10, 100, 1_000];

const full =
  (count: (size: number) => Contender) =>
  (size: number): Contestant => {
    const { name, side, guard } = count(size);
    return { name, side, make: () => repeated(guard(succeeding()), size) };
  };

export const windowSize: RatioGroup = {
  kind: 'ratio',
  id: 'window-size',
  title: 'Closed, successes, full windows from 10 to 1,000,000 calls',
  loop: 'awaited',
  bare: succeeding,
  expects: succeeded,
  contestants: [
    ...SIZES.map(full(holdfastCount)),
    ...SIZES.map(full(cockatielCount)),
    ...MOLLITIA_SIZES.map(full(mollitiaCount)),
  ],
  goals: [],
};
