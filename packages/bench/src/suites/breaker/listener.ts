import { circuitBreaker, countWindow } from '@holdfast/core';
import { circuitBreaker as cockatielBreaker, CountBreaker, handleAll } from 'cockatiel';
import Opossum from 'opossum';
import type { RatioGroup } from '../../harness/suite.ts';
import { around, HOUR_MS, succeeded, succeeding } from '../contender.ts';
import { contender } from './contender.ts';

const SIZE = 100;

const tally = { heard: 0 };
const hear = (): void => {
  tally.heard++;
};

const holdfast = contender(
  'Holdfast count 100, outcome',
  'holdfast',
  () => {
    const breaker = circuitBreaker({ name: 'bench', trip: countWindow({ size: SIZE }) });
    breaker.on('outcome', hear);
    return breaker;
  },
  (breaker, call) => breaker.execute(call),
);

const cockatiel = contender(
  'cockatiel count 100, onSuccess and onFailure',
  'peer',
  () => {
    const breaker = new CountBreaker({ threshold: 0.5, size: SIZE });
    const policy = cockatielBreaker(handleAll, { breaker, halfOpenAfter: HOUR_MS });
    policy.onSuccess(hear);
    policy.onFailure(hear);
    return policy;
  },
  (policy, call) => policy.execute(call),
);

const opossum = contender(
  'opossum timeout:false, success and failure',
  'peer',
  (call) => new Opossum(call, { timeout: false }).on('success', hear).on('failure', hear),
  (circuit) => circuit.fire(),
);

export const listener: RatioGroup = {
  kind: 'ratio',
  id: 'listener',
  title: 'Closed, successes, somebody listens to outcomes',
  loop: 'awaited',
  bare: succeeding,
  expects: succeeded,
  contestants: [holdfast, cockatiel, opossum].map(around(succeeding)),
  goals: [],
};
