import { COMPOSITION_CASES } from './cases/composition-cases.ts';
import { COUNT_CASES } from './cases/count-cases.ts';
import { KEY_CASES } from './cases/key-cases.ts';
import { LEASE_CASES } from './cases/lease-cases.ts';
import { OPERATION_CASES } from './cases/operation-cases.ts';
import { RACE_CASES } from './cases/race-cases.ts';
import { RECORD_CASES } from './cases/record-cases.ts';
import { TAKE_CASES } from './cases/take-cases.ts';
import { WATCH_CASES } from './cases/watch-cases.ts';
import type { StoreCase } from './store-case.ts';

/**
 * What every store has to do, one case at a time, on Node's own `assert` and for any test runner. Each case
 * makes a store of its own, ends it, and uses keys nobody used before, so that all may run on one server, also
 * at once. They wait for short times to pass on the real clock, up to 100 ms each.
 */
export const storeContract = (): readonly StoreCase[] => [
  ...TAKE_CASES,
  ...COUNT_CASES,
  ...LEASE_CASES,
  ...RECORD_CASES,
  ...RACE_CASES,
  ...KEY_CASES,
  ...WATCH_CASES,
  ...OPERATION_CASES,
  ...COMPOSITION_CASES,
];
