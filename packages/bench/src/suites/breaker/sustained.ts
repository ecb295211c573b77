import { setImmediate as turn } from 'node:timers/promises';
import { figureGoal } from '../../harness/goals.ts';
import type { Effort, FigureGroup, Figures, Operation } from '../../harness/suite.ts';
import { succeeding } from '../contender.ts';
import {
  cockatielSampling,
  holdfastDefaults,
  opossumDefaults,
  opossumNoTimeout,
} from './contenders.ts';
import { heldBytes, keep } from '../heap.ts';

const DURATION_MS: Readonly<Record<Effort, number>> = { full: 12_000, quick: 1_000 };
const CALLS_PER_TURN = 200;
const MS_PER_S = 1_000;
const BYTES_PER_MB = 1e6;
const AT_MOST_STALL_MS = 30;

const measure = async (make: () => Operation, effort: Effort): Promise<Figures> => {
  const before = heldBytes();
  const operation = make();
  keep(operation);
  const start = performance.now();
  let now = start;
  let turns = 0;
  let worstMs = 0;
  while (now - start < DURATION_MS[effort]) {
    for (let i = 0; i < CALLS_PER_TURN; i++) await operation();
    await turn();
    const last = now;
    now = performance.now();
    worstMs = Math.max(worstMs, now - last);
    turns++;
  }
  return {
    callsPerSecond: (turns * CALLS_PER_TURN * MS_PER_S) / (now - start),
    worstMs,
    retainedMb: (heldBytes() - before) / BYTES_PER_MB,
  };
};

const guarded = [holdfastDefaults, cockatielSampling, opossumNoTimeout, opossumDefaults];

export const sustained: FigureGroup = {
  kind: 'figures',
  id: 'sustained',
  title: `${DURATION_MS.full / MS_PER_S} s of calls, an event loop turn every ${CALLS_PER_TURN}`,
  columns: [
    { key: 'callsPerSecond', heading: 'calls/s', decimals: 0 },
    { key: 'worstMs', heading: 'worst stall ms', decimals: 1 },
    { key: 'retainedMb', heading: 'MB retained', decimals: 2 },
  ],
  contestants: [
    { name: 'bare', side: 'bare', measure: (effort) => measure(succeeding, effort) },
    ...guarded.map(({ name, side, guard }) => ({
      name,
      side,
      measure: (effort: Effort) => measure(() => guard(succeeding()), effort),
    })),
  ],
  goals: [
    figureGoal(holdfastDefaults.name, 'worstMs', {
      what: `${holdfastDefaults.name}: worst stall`,
      unit: 'ms',
      atMost: AT_MOST_STALL_MS,
    }),
  ],
};
