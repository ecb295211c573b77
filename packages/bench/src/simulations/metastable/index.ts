import { atMost } from '../report/claims.ts';
import { perSeed } from '../report/per-seed.ts';
import type { Chart, Claim, Extent, Simulation, Table } from '../report/simulation.ts';
import type { Incident } from './goodput.ts';
import * as model from './incident.ts';
import { incident } from './incident.ts';
import { ATTEMPT_MS, DEADLINE_MS, SLOTS } from './stacks.ts';
import { ALL, BARE, VARIANTS, type Variant } from './variants.ts';

/** How much longer work takes with a full queue, and what is still done then. */
const MILD = 0.25;
const SEVERE = 1.5;

/** One incident a seed. */
interface Outcome {
  readonly variant: Variant;
  readonly mild: readonly Incident[];
  readonly severe: readonly Incident[];
}

const outcomesOf = async (seeds: readonly number[], extent: Extent): Promise<Outcome[]> => {
  const outcomes: Outcome[] = [];
  for (const variant of extent === 'full' ? VARIANTS : [BARE, ALL]) {
    const run = (slowdown: number): Promise<Incident[]> =>
      perSeed(seeds, (seed) => incident(variant.pieces, slowdown, seed));
    outcomes.push({ variant, mild: await run(MILD), severe: await run(SEVERE) });
  }
  return outcomes;
};

const recoveryTable = (outcomes: readonly Outcome[]): Table => ({
  title:
    'Seconds until 95 % of calls succeed again, from the end of the trigger; and shares of calls that succeed',
  of: 'clients with',
  columns: [
    { heading: `${1 + MILD}x: back after s`, decimals: 0 },
    { heading: `${1 + MILD}x: at the end`, decimals: 2 },
    { heading: `${1 + SEVERE}x: back after s`, decimals: 0 },
    { heading: `${1 + SEVERE}x: in the trigger`, decimals: 2 },
    { heading: `${1 + SEVERE}x: at the end`, decimals: 2 },
    { heading: `${1 + SEVERE}x: requests per call`, decimals: 2 },
  ],
  rows: outcomes.map(({ variant, mild, severe }) => ({
    name: variant.name,
    figures: [
      mild.map(({ recoveredAfter }) => recoveredAfter),
      mild.map(({ atTheEnd }) => atTheEnd),
      severe.map(({ recoveredAfter }) => recoveredAfter),
      severe.map(({ inTrigger }) => inTrigger),
      severe.map(({ atTheEnd }) => atTheEnd),
      severe.map(({ requestsPerCall }) => requestsPerCall),
    ],
  })),
});

const EVERY_SECONDS = 2;

const thinned = (values: readonly number[]): number[] =>
  values.filter((_, second) => second % EVERY_SECONDS === 0);

const chart = (outcomes: readonly Outcome[]): Chart => ({
  title: `Share of calls that succeed, work up to ${1 + SEVERE}x as long; trigger from column 6 to 10`,
  everyMs: 1_000 * EVERY_SECONDS,
  top: 1,
  series: outcomes.map(({ variant, severe }) => ({
    name: variant.name,
    values: thinned(severe[0]?.goodput ?? []),
  })),
});

const claimsOf = (seeds: readonly number[], outcomes: readonly Outcome[]): Claim[] =>
  (['mild', 'severe'] as const).flatMap((kind) => {
    const of = (wanted: Variant, figure: 'atTheEnd' | 'recoveredAfter') => ({
      seeds,
      values: outcomes
        .filter(({ variant }) => variant === wanted)
        .flatMap((outcome) => outcome[kind].map((each) => each[figure])),
    });
    return [
      atMost(0.05, `${BARE.name}, ${kind}: share that succeeds at the end`, of(BARE, 'atTheEnd')),
      atMost(30, `${ALL.name}, ${kind}: recovered after, s`, of(ALL, 'recoveredAfter')),
    ];
  });

/** A dependency that slows under load, and what it takes to get it back up once its trouble is over. */
export const metastable: Simulation = async (seeds, extent) => {
  const outcomes = await outcomesOf(seeds, extent);
  return {
    title: 'Metastable failure: down for good after the trigger is gone',
    assumptions: [
      'After Bronson, Aghayev, Charapko, Zhu: "Metastable Failures in Distributed Systems" (HotOS 2021).',
      `${model.CLIENTS} clients make ${model.CALLS_PER_SECOND} calls/s in all; ${model.WORKERS} workers need ${model.WORK_MS} ms (exponential), so 200/s are possible.`,
      `The trigger: ${model.WORKERS_LEFT} of the workers are left for ${model.TRIGGER_MS / 1_000} s. ${model.QUEUE_LIMIT} requests may queue, first come first served.`,
      `With a full queue work takes ${1 + MILD} times as long (${200 / (1 + MILD)}/s are left) or ${1 + SEVERE} times (${200 / (1 + SEVERE)}/s).`,
      `The server does not notice that a caller is gone. Timeout of an attempt ${ATTEMPT_MS} ms; retry: 3 attempts, defaults.`,
      `Bulkhead: ${SLOTS} slots a client, about ten times its need; deadline: ${DEADLINE_MS} ms, and passed on: when the`,
      'caller stops to wait for the attempt, and the server drops what it has not begun by then.',
    ],
    tables: [recoveryTable(outcomes)],
    charts: [chart(outcomes)],
    claims: claimsOf(seeds, outcomes),
  };
};
