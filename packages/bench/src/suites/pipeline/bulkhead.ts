import { within } from '../../harness/goals.ts';
import type { RatioGroup } from '../../harness/suite.ts';
import { around, succeeded, succeeding } from '../contender.ts';
import {
  cockatielBulkheadIn,
  holdfastBulkhead,
  mollitiaBulkhead,
  opossumCapacity,
  pLimitGuard,
  type Room,
} from './bulkheads.ts';

const ROOM: Room = { concurrency: 10, queue: 1_000 };
const own = holdfastBulkhead(ROOM);

export const bulkheads: RatioGroup = {
  kind: 'ratio',
  id: 'bulkhead',
  title: `Bulkheads for ${ROOM.concurrency} calls, with room`,
  loop: 'awaited',
  bare: succeeding,
  expects: succeeded,
  contestants: [
    own,
    cockatielBulkheadIn(ROOM),
    pLimitGuard(ROOM),
    mollitiaBulkhead(ROOM),
    opossumCapacity(ROOM),
  ].map(around(succeeding)),
  goals: within(own.name, { ratio: 2.5 }),
};
