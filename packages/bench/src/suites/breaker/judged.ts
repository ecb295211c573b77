import { circuitBreaker, countWindow } from '@holdfast/core';
import { CountBreaker, handleAll } from 'cockatiel';
import { within } from '../../harness/goals.ts';
import type { Contestant, RatioGroup } from '../../harness/suite.ts';
import { around, succeeded, succeeding } from '../contender.ts';
import { cockatiel, holdfast, mollitiaCount } from './contenders.ts';

const SIZE = 100;
const trip = countWindow({ size: SIZE });

const slow = holdfast('count 100, slowMs', {
  trip: countWindow({ size: SIZE, slowMs: 1_000, slowRate: 0.5 }),
});

const classified = holdfast('count 100, classify', {
  trip,
  classify: ({ ok }) => (ok ? 'success' : 'failure'),
});

/** As a caller does it who settles the permit himself. */
const permit: Contestant = {
  name: 'Holdfast count 100, tryAcquire',
  side: 'holdfast',
  make: () => {
    const breaker = circuitBreaker({ name: 'bench', trip });
    const call = succeeding();
    return () => {
      const leave = breaker.tryAcquire();
      if (!leave.admitted) throw leave.rejection;
      return call().then((value) => {
        leave.success();
        return value;
      });
    };
  },
};

const filtered = cockatiel(
  'count 100, result filter',
  () => new CountBreaker({ threshold: 0.5, size: SIZE }),
  handleAll.orWhenResult(() => false),
);

const limits = { ratio: 5, addedBytes: 420 };

export const judged: RatioGroup = {
  kind: 'ratio',
  id: 'judged',
  title: 'Closed, successes that are timed, classified or settled by hand',
  loop: 'awaited',
  bare: succeeding,
  expects: succeeded,
  contestants: [
    ...[slow, classified].map(around(succeeding)),
    permit,
    // Every call of mollitia is timed, whatever its options.
    ...[filtered, mollitiaCount(SIZE)].map(around(succeeding)),
  ],
  goals: [slow, classified, permit].flatMap(({ name }) => within(name, limits)),
};
