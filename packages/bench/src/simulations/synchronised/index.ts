import { atMost } from '../report/claims.ts';
import { perSeed } from '../report/per-seed.ts';
import type { Chart, Claim, Simulation, Table } from '../report/simulation.ts';
import * as model from './comeback.ts';
import { comeback, type Comeback } from './comeback.ts';
import { BASE_MS, MAX_MS, WAYS } from './ways.ts';

/** One comeback a seed. */
interface Outcome {
  readonly name: string;
  /** The peak that the way must not pass. */
  readonly most: number | undefined;
  readonly comebacks: readonly Comeback[];
}

const comebacksTable = (outcomes: readonly Outcome[]): Table => ({
  title: 'Requests after the common failure',
  of: 'pause',
  columns: [
    { heading: `most in ${model.BIN_MS} ms`, decimals: 0 },
    { heading: 'x even', decimals: 1 },
    { heading: 'per client', decimals: 1 },
    { heading: 'all served after s', decimals: 1 },
  ],
  rows: outcomes.map(({ name, comebacks }) => ({
    name,
    figures: [
      comebacks.map(({ peak }) => peak),
      comebacks.map(({ overEven }) => overEven),
      comebacks.map(({ requestsPerClient }) => requestsPerClient),
      comebacks.map(({ seconds }) => seconds),
    ],
  })),
});

const SHOWN_BINS = 90;

const chart = (outcomes: readonly Outcome[]): Chart => ({
  title: 'Requests, the first nine seconds',
  everyMs: model.BIN_MS,
  top: 400,
  series: outcomes.map(({ name, comebacks }) => ({
    name,
    values: Array.from({ length: SHOWN_BINS }, (_, bin) => comebacks[0]?.histogram[bin] ?? 0),
  })),
});

const claimsOf = (seeds: readonly number[], outcomes: readonly Outcome[]): Claim[] =>
  outcomes.flatMap(({ name, most, comebacks }) =>
    most === undefined
      ? []
      : atMost(most, `${name}: most requests in ${model.BIN_MS} ms`, {
          seeds,
          values: comebacks.map(({ peak }) => peak),
        }),
  );

/** Clients that failed together come back together, or not. */
export const synchronised: Simulation = async (seeds) => {
  const outcomes: Outcome[] = [];
  for (const { name, way, most } of WAYS) {
    const comebacks = await perSeed(seeds, (seed) => comeback(way, seed));
    outcomes.push({ name, most, comebacks });
  }
  return {
    title: 'Synchronised clients: who fails at the same instant, and how they come back',
    assumptions: [
      `${model.CLIENTS} clients call at the same instant and fail. The dependency is down for ${model.DOWN_MS / 1_000} s; then it`,
      `does ${(model.WORKERS * 1_000) / model.WORK_MS} requests/s and refuses what finds more than ${model.QUEUE_LIMIT} in its queue.`,
      `Each client retries until it is served: exponential from ${BASE_MS} ms, at most ${MAX_MS} ms; with a Retry-After never`,
      'sooner than that, and up to a tenth later. "x even": the peak over an even spread of the same requests.',
      'Jitters as in M. Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).',
    ],
    tables: [comebacksTable(outcomes)],
    charts: [chart(outcomes)],
    claims: claimsOf(seeds, outcomes),
  };
};
