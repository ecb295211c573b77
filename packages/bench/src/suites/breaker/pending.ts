import type { FigureGroup } from '../../harness/suite.ts';
import { bareGuard, HELD_COLUMNS, heldBy } from '../calls-in-flight.ts';
import {
  cockatielCount,
  holdfastCount,
  holdfastDefaults,
  mollitiaCount,
  opossumDefaults,
  opossumNoTimeout,
} from './contenders.ts';

/** For those that would take minutes or gigabytes. */
const FEWER = 200_000;

export const pending: FigureGroup = {
  kind: 'figures',
  id: 'pending',
  title: 'Many calls in flight, each',
  columns: HELD_COLUMNS,
  contestants: [
    heldBy(bareGuard),
    heldBy(holdfastCount(100)),
    heldBy(holdfastDefaults),
    heldBy(cockatielCount(100)),
    heldBy(opossumNoTimeout),
    heldBy(opossumDefaults, FEWER),
    heldBy(mollitiaCount(100), FEWER),
  ],
  goals: [],
};
