import { atLeast, atMost } from '../report/claims.ts';
import { perSeed } from '../report/per-seed.ts';
import type { Chart, Claim, Simulation, Table } from '../report/simulation.ts';
import { FAILS_AFTER_MS, HEALTHY_MS, outage, OUTAGE_MS } from './outage.ts';
import type { Fleet, Load, Outage } from './outage.ts';
import { STACKS, TIMEOUT_MS, type StackName } from './stacks.ts';

/** The fleet that the claims are about. */
const BUSY: Fleet = { clients: 4, callsPerSecond: 100 };

const QUIETER: readonly Fleet[] = [
  { clients: 20, callsPerSecond: 1 },
  { clients: 10, callsPerSecond: 3 },
  { clients: 5, callsPerSecond: 10 },
  { clients: 3, callsPerSecond: 30 },
  { clients: 2, callsPerSecond: 60 },
];

const NAMES = Object.keys(STACKS) as StackName[];

/** Nothing is claimed of a budget without a floor. */
const CLAIMED = NAMES.filter((name) => name !== 'budget without a floor');

const WINDOWS = {
  firstSecond: 'first second',
  firstTenSeconds: 'first 10 s',
  afterwards: 'from then on',
  whole: 'whole minute',
} as const satisfies Readonly<Record<keyof Load, string>>;

/** What happened under each stack, one outage a seed. */
type Outages = ReadonlyMap<StackName, readonly Outage[]>;

const outagesOf = async (
  fleet: Fleet,
  names: Iterable<StackName>,
  seeds: readonly number[],
): Promise<Outages> => {
  const outages = new Map<StackName, readonly Outage[]>();
  for (const name of names)
    outages.set(name, await perSeed(seeds, (seed) => outage(fleet, STACKS[name], seed)));
  return outages;
};

const figuresOf = (outages: Outages, name: StackName, window: keyof Load): number[] =>
  (outages.get(name) ?? []).map(({ load }) => load[window]);

const windowsTable = (outages: Outages): Table => ({
  title: `Load while it fails, ${fleetText(BUSY)} (1 = the calls that are made)`,
  of: '3 attempts each',
  columns: Object.values(WINDOWS).map((heading) => ({ heading, decimals: 2 })),
  rows: [...outages.keys()].map((name) => ({
    name,
    figures: (Object.keys(WINDOWS) as (keyof Load)[]).map((window) =>
      figuresOf(outages, name, window),
    ),
  })),
});

const fleetText = ({ clients, callsPerSecond }: Fleet): string =>
  `${clients} clients, ${callsPerSecond}/s each`;

const COLUMNS: readonly { readonly name: StackName; readonly window: keyof Load }[] = [
  { name: 'bare', window: 'whole' },
  { name: 'budget', window: 'firstTenSeconds' },
  { name: 'budget', window: 'afterwards' },
  { name: 'budget', window: 'whole' },
  { name: 'budget without a floor', window: 'whole' },
  { name: 'budget + breaker', window: 'whole' },
];

const sweepTable = (sweep: readonly (readonly [Fleet, Outages])[]): Table => ({
  title:
    'The same for other fleets: the floor of 3 retries/s weighs most where there is little to do',
  of: 'fleet',
  columns: COLUMNS.map(({ name, window }) => ({
    heading: window === 'whole' ? name : `${name}, ${WINDOWS[window]}`,
    decimals: 2,
  })),
  rows: sweep.map(([fleet, outages]) => ({
    name: fleetText(fleet),
    figures: COLUMNS.map(({ name, window }) => figuresOf(outages, name, window)),
  })),
});

const chart = (outages: Outages): Chart => ({
  title: 'Attempts per second, from ten seconds before the outage on',
  everyMs: 1_000,
  top: 3 * BUSY.clients * BUSY.callsPerSecond,
  series: [...outages].map(([name, [first]]) => ({ name, values: first?.attempts ?? [] })),
});

const claimsOf = (seeds: readonly number[], outages: Outages): Claim[] => {
  const load = (name: StackName, window: keyof Load) => ({
    seeds,
    values: figuresOf(outages, name, window),
  });
  const breaker = 'budget + breaker';
  const littleCredit = 'budget, 2 s of credit';
  return [
    atLeast(2.8, 'bare: x load, whole minute', load('bare', 'whole')),
    atMost(1.3, 'budget: x load, whole minute', load('budget', 'whole')),
    atMost(1.3, `${littleCredit}: x load, first 10 s`, load(littleCredit, 'firstTenSeconds')),
    atMost(0.1, `${breaker}: x load, whole minute`, load(breaker, 'whole')),
  ];
};

const sweepOf = async (
  busy: Outages,
  seeds: readonly number[],
): Promise<(readonly [Fleet, Outages])[]> => {
  const names = new Set(COLUMNS.map(({ name }) => name));
  const sweep: (readonly [Fleet, Outages])[] = [];
  for (const fleet of QUIETER) sweep.push([fleet, await outagesOf(fleet, names, seeds)]);
  return [...sweep, [BUSY, busy]];
};

/** Clients that try again what fails, against a dependency of which everything fails. */
export const storm: Simulation = async (seeds, extent) => {
  const busy = await outagesOf(BUSY, extent === 'full' ? NAMES : CLAIMED, seeds);
  const sweep = extent === 'full' ? [sweepTable(await sweepOf(busy, seeds))] : [];
  return {
    title: 'Retry storm: what retries add to the load of a dependency that fails altogether',
    assumptions: [
      `${HEALTHY_MS / 1_000} s in health, then each request fails after ${FAILS_AFTER_MS} ms for ${OUTAGE_MS / 1_000} s. Calls arrive at random (Poisson).`,
      `Each client: retry with 3 attempts, a breaker if the row says so, timeout ${TIMEOUT_MS} ms; defaults otherwise.`,
      'A budget spends first what it saved in health, 10 s of credit by default: with it alone the first 10 s lie above',
      '1.3 for every fleet, and so would an outage of 10 s; less credit (spanMs) or a breaker shortens that.',
    ],
    tables: [windowsTable(busy), ...sweep],
    charts: [chart(busy)],
    claims: claimsOf(seeds, busy),
  };
};
