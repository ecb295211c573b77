import { atLeast, atMost } from '../report/claims.ts';
import { perSeed } from '../report/per-seed.ts';
import type { Claim, Extent, Simulation, Table } from '../report/simulation.ts';
import { ATTEMPT_MS, BOUNDS, LIMITED, PASSED_ON, PATIENCE_MS, RETRYING, SLOTS } from './stacks.ts';
import type { Bounds } from './stacks.ts';
import * as model from './traffic.ts';
import { traffic, type Traffic, type Trouble } from './traffic.ts';

const STALLS: Trouble = {
  name: '140 calls/s, and the dependency stands still for 3 s in every 20',
  callsPerSecond: 140,
  stall: { everyMs: 20_000, forMs: 3_000 },
};

const OVERLOAD: Trouble = { name: '260 calls/s, 30 % too many', callsPerSecond: 260 };

/** One minute a seed. */
interface Outcome {
  readonly bounds: Bounds;
  readonly minutes: readonly Traffic[];
}

const outcomesOf = async (
  trouble: Trouble,
  seeds: readonly number[],
  extent: Extent,
): Promise<Outcome[]> => {
  const outcomes: Outcome[] = [];
  for (const bounds of extent === 'full' ? BOUNDS : [RETRYING, PASSED_ON, LIMITED])
    outcomes.push({
      bounds,
      minutes: await perSeed(seeds, (seed) => traffic(trouble, bounds, seed)),
    });
  return outcomes;
};

const wasteTable = (trouble: Trouble, outcomes: readonly Outcome[]): Table => ({
  title: trouble.name,
  of: 'bounded by',
  columns: [
    { heading: '% of work nobody waits for', decimals: 1 },
    { heading: '% of calls answered in time', decimals: 1 },
    { heading: 'requests per call', decimals: 2 },
  ],
  rows: outcomes.map(({ bounds, minutes }) => ({
    name: bounds.name,
    figures: [
      minutes.map(({ wasted }) => 100 * wasted),
      minutes.map(({ inTime }) => 100 * inTime),
      minutes.map(({ requestsPerCall }) => requestsPerCall),
    ],
  })),
});

const claimsOf = (
  seeds: readonly number[],
  stalls: readonly Outcome[],
  overload: readonly Outcome[],
): Claim[] => {
  const of = (outcomes: readonly Outcome[], wanted: Bounds, figure: 'wasted' | 'inTime') => ({
    seeds,
    values: outcomes
      .filter(({ bounds }) => bounds === wanted)
      .flatMap(({ minutes }) => minutes.map((minute) => 100 * minute[figure])),
  });
  const waste = '% of work nobody waits for';
  return [
    atLeast(50, `stalls, ${RETRYING.name}: ${waste}`, of(stalls, RETRYING, 'wasted')),
    atMost(10, `stalls, ${PASSED_ON.name}: ${waste}`, of(stalls, PASSED_ON, 'wasted')),
    atLeast(80, `stalls, ${PASSED_ON.name}: % in time`, of(stalls, PASSED_ON, 'inTime')),
    atMost(10, `overload, ${LIMITED.name}: ${waste}`, of(overload, LIMITED, 'wasted')),
  ];
};

/** What a dependency does for callers that are gone. */
export const deadlines: Simulation = async (seeds, extent) => {
  const stalls = await outcomesOf(STALLS, seeds, extent);
  const overload = await outcomesOf(OVERLOAD, seeds, extent);
  return {
    title: 'Deadlines: work that nobody waits for',
    assumptions: [
      `${model.CLIENTS} clients; ${model.WORKERS} workers need ${model.WORK_MS} ms on average (half to one and a half times that), so 200/s are possible;`,
      `up to ${model.QUEUE_LIMIT} requests queue, first come first served. One minute.`,
      `Somebody waits ${PATIENCE_MS} ms for a call, which is the deadline where there is one; an attempt gets ${ATTEMPT_MS} ms;`,
      `retry: 3 attempts and its budget, defaults; bulkhead: ${SLOTS} slots a client, no queue.`,
      '"arrives": the server learns of an abort; "passed on": the request says until when it is wanted. Either way',
      'the server drops what it has not begun by then, and ends what it has begun unless the row says that it stops.',
      '"looks ahead": it begins nothing that has less time left than the longest work takes.',
    ],
    tables: [wasteTable(STALLS, stalls), wasteTable(OVERLOAD, overload)],
    charts: [],
    claims: claimsOf(seeds, stalls, overload),
  };
};
