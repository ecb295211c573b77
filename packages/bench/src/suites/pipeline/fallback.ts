import { fallback } from '@holdfast/core';
import { fallback as cockatielFallback, handleAll } from 'cockatiel';
import type { RatioGroup } from '../../harness/suite.ts';
import { around, succeeded, succeeding } from '../contender.ts';
import { cockatiel, holdfast } from './guards.ts';

/** Not what the call gives, so that an answer of the fallback's would be found out. */
const VALUE = 'fallback';

export const fallbacks: RatioGroup = {
  kind: 'ratio',
  id: 'fallback',
  title: 'Fallbacks that are not taken',
  loop: 'awaited',
  bare: succeeding,
  expects: succeeded,
  contestants: [
    holdfast('fallback', () => fallback({ value: VALUE })),
    cockatiel('fallback', () => cockatielFallback(handleAll, VALUE)),
  ].map(around(succeeding)),
  goals: [],
};
