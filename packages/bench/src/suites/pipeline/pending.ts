import type { FigureGroup } from '../../harness/suite.ts';
import { bareGuard, HELD_COLUMNS, heldBy } from '../calls-in-flight.ts';
import { HOUR_MS } from '../contender.ts';
import {
  cockatielBulkheadIn,
  holdfastBulkhead,
  mollitiaBulkhead,
  pLimitGuard,
  type Room,
} from './bulkheads.ts';
import { cockatielRetryGuard, holdfastRetry, mollitiaRetry, pRetryGuard } from './retries.ts';
import {
  cockatielAggressiveStack,
  combinedStack,
  holdfastCountStack,
  holdfastStack,
  holdfastStandard,
  mollitiaStack,
  ROOMY,
} from './stacks.ts';
import {
  cockatielAggressive,
  holdfastTimeout,
  mollitiaTimeout,
  pTimeoutGuard,
} from './timeouts.ts';

/** For those that would take minutes or gigabytes. */
const FEWER = 200_000;
/** For those whose time grows with the square of the calls. */
const FEW = 10_000;

const INSIDE: Room = { concurrency: ROOMY.concurrency, queue: 0 };
const QUEUED: Room = { concurrency: 1, queue: ROOMY.concurrency };

const stacks = [
  heldBy(holdfastCountStack(ROOMY)),
  heldBy(holdfastStack(ROOMY)),
  heldBy(holdfastStandard(ROOMY)),
  heldBy(combinedStack(ROOMY), FEWER),
  heldBy(cockatielAggressiveStack(ROOMY), FEW),
  heldBy(mollitiaStack(ROOMY), FEWER),
];

const timeouts = [
  heldBy(holdfastTimeout(HOUR_MS)),
  heldBy(cockatielAggressive(HOUR_MS), FEWER),
  heldBy(pTimeoutGuard(HOUR_MS), FEWER),
  heldBy(mollitiaTimeout(HOUR_MS), FEWER),
];

const bulkheads = [
  heldBy(holdfastBulkhead(INSIDE, 'bulkhead, inside')),
  heldBy(cockatielBulkheadIn(INSIDE, 'bulkhead, inside')),
  heldBy(pLimitGuard(INSIDE, 'p-limit, inside')),
  heldBy(mollitiaBulkhead(INSIDE, 'bulkhead, inside'), FEWER),
  heldBy(holdfastBulkhead(QUEUED, 'bulkhead, queued')),
  heldBy(cockatielBulkheadIn(QUEUED, 'bulkhead, queued')),
  heldBy(pLimitGuard(QUEUED, 'p-limit, queued')),
  heldBy(mollitiaBulkhead(QUEUED, 'bulkhead, queued'), FEWER),
];

const retries = [
  heldBy(holdfastRetry),
  heldBy(cockatielRetryGuard),
  heldBy(pRetryGuard),
  heldBy(mollitiaRetry, FEWER),
];

export const pending: FigureGroup = {
  kind: 'figures',
  id: 'pending',
  title: 'Many calls in flight, each',
  columns: HELD_COLUMNS,
  contestants: [heldBy(bareGuard), ...stacks, ...timeouts, ...bulkheads, ...retries],
  goals: [],
};
