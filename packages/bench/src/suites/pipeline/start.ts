import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { figureGoal } from '../../harness/goals.ts';
import { quantile } from '../../harness/statistics.ts';
import type { Effort, FigureContestant, FigureGroup, Figures } from '../../harness/suite.ts';
import { figure } from '../../harness/table.ts';
import { bareGuard } from '../calls-in-flight.ts';
import type { Guard } from '../contender.ts';
import { HeldCalls } from './held-calls.ts';
import {
  cockatielAggressiveStack,
  cockatielCooperativeStack,
  combinedStack,
  holdfastCountStack,
  holdfastStack,
  holdfastStandard,
  mollitiaStack,
  ROOMY,
} from './stacks.ts';

const LEVELS = [1_000, 10_000, 30_000] as const;
const [FEWEST, , MOST] = LEVELS;
/** Few beside the fewest calls in flight, and enough for the clock. */
const BATCH = 100;
const BATCHES: Readonly<Record<Effort, number>> = { full: 201, quick: 101 };
/** Until the code is compiled. */
const WARM_UP_BATCHES = 200;
/** Until V8's collector has seen what the many calls hold. */
const REST_MS = 100;
const US_PER_MS = 1_000;
/**
 * The fastest tenth of the batches counts: while the collector marks, every call costs about five times
 * as much, the bare one too. What grows with the calls in flight does so in each batch.
 */
const FASTEST = 0.1;
const AT_MOST = 2;

const keyOf = (level: number): string => `us${level}`;

/** Microseconds to start a call, in one batch of calls that end before the next batch. */
const startOne = async (calls: HeldCalls): Promise<number> => {
  const begin = performance.now();
  calls.start(BATCH);
  // As far as each call gets: some put the start itself off.
  await turn();
  const elapsedMs = performance.now() - begin;
  await calls.end(BATCH);
  return (elapsedMs * US_PER_MS) / BATCH;
};

const startMany = async (calls: HeldCalls, batches: number): Promise<number> => {
  const times: number[] = [];
  for (let i = 0; i < batches; i++) times.push(await startOne(calls));
  return quantile(times, FASTEST);
};

const measure = async ({ guard }: Guard, effort: Effort): Promise<Figures> => {
  const calls = new HeldCalls(guard);
  await startMany(calls, WARM_UP_BATCHES);
  const figures: Record<string, number> = {};
  for (const level of LEVELS) {
    calls.start(level - calls.size);
    await sleep(REST_MS);
    figures[keyOf(level)] = await startMany(calls, BATCHES[effort]);
  }
  const growth = (figures[keyOf(MOST)] ?? Number.NaN) / (figures[keyOf(FEWEST)] ?? Number.NaN);
  return { ...figures, growth };
};

const starting = (guard: Guard): FigureContestant => ({
  name: guard.name,
  side: guard.side,
  measure: (effort) => measure(guard, effort),
});

const own = [holdfastCountStack, holdfastStack, holdfastStandard].map((stack) => stack(ROOMY));

export const start: FigureGroup = {
  kind: 'figures',
  id: 'start',
  title: 'One more call through the stack, with many in flight',
  columns: [
    ...LEVELS.map((level) => ({
      key: keyOf(level),
      heading: `us at ${figure(level)}`,
      decimals: 2,
    })),
    { key: 'growth', heading: `x from ${figure(FEWEST)} to ${figure(MOST)}`, decimals: 2 },
  ],
  contestants: [
    bareGuard,
    ...own,
    combinedStack(ROOMY),
    cockatielCooperativeStack(ROOMY),
    cockatielAggressiveStack(ROOMY),
    mollitiaStack(ROOMY),
  ].map(starting),
  goals: own.map(({ name }) =>
    figureGoal(name, 'growth', {
      what: `${name}: time to start a call, ${figure(MOST)} in flight over ${figure(FEWEST)}`,
      unit: 'x',
      atMost: AT_MOST,
    }),
  ),
};
