import { within } from '../../harness/goals.ts';
import type { Operation, RatioGroup } from '../../harness/suite.ts';
import { figure } from '../../harness/table.ts';
import { succeeded, succeeding } from '../contender.ts';
import { holdfastRate, keysInTurn, limits, type Limited } from './rate-limits.ts';

const KEYS = 10_000;

/** Each key once, so that none is new any more. */
const withKeys = async (limited: Limited, keys: number): Promise<Operation> => {
  const operation = limited(keysInTurn(keys));
  for (let i = 0; i < keys; i++) await operation();
  return operation;
};

const rateLimitsOf = (keys: number): Omit<RatioGroup, 'id' | 'title' | 'goals'> => ({
  kind: 'ratio',
  loop: 'awaited',
  bare: succeeding,
  expects: succeeded,
  contestants: limits.map(({ name, side, limited }) => ({
    name,
    side,
    make: () => withKeys(limited, keys),
  })),
});

export const manyKeys: RatioGroup = {
  ...rateLimitsOf(KEYS),
  id: 'rate-limit',
  title: `Rate limits that are not reached, ${figure(KEYS)} keys in turn`,
  goals: within(holdfastRate.name, { ratio: 4.5 }),
};

export const oneKey: RatioGroup = {
  ...rateLimitsOf(1),
  id: 'rate-limit-one-key',
  title: 'Rate limits that are not reached, one key',
  goals: [],
};
