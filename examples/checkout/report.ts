import type { Claim } from './claims.ts';
import { DISTURBANCE_NAMES, type DisturbanceSummary } from './disturbances.ts';
import { currentCircuits, type Evidence } from './evidence.ts';
import { INCIDENT_MS } from './incident.ts';
import type { Transition } from './messages.ts';
import type { SideSummary, Summary } from './summary.ts';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

const ofOrders = (count: number, { orders }: SideSummary): string =>
  `${whole.format(count)}  ${((count / orders) * 100).toFixed(1).padStart(5)} %`;

const seconds = (ms: number | undefined): string =>
  ms === undefined ? 'never' : `${(ms / 1_000).toFixed(1)} s`;

type Row = readonly [label: string, cell: (side: SideSummary) => string];

const ROWS: readonly Row[] = [
  ['orders', (side) => whole.format(side.orders)],
  ['served within 1 s', (side) => ofOrders(side.served, side)],
  ['  of these 202, charged later', (side) => ofOrders(side.later, side)],
  ['refused within 1 s (503, Retry-After)', (side) => ofOrders(side.refused, side)],
  ['failed within 1 s (other errors)', (side) => ofOrders(side.failed, side)],
  ['no answer within 1 s', (side) => ofOrders(side.late, side)],
  ['latency p50', (side) => `${whole.format(side.p50)} ms`],
  ['latency p99 (customers leave after 5 s)', (side) => `${whole.format(side.p99)} ms`],
  ['calls that reached the sick service', (side) => whole.format(side.sickCalls)],
  ['recovery after the service healed', (side) => seconds(side.recoveryMs)],
];

const LABEL = 42;
const CELL = 18;

const tableFrom = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const lines = [head, ...rows].map(([label = '', ...cells]) =>
    [label.padEnd(LABEL), ...cells.map((cell) => cell.padStart(CELL))].join(''),
  );
  return lines.toSpliced(1, 0, '-'.repeat(lines[0]?.length ?? 0)).join('\n');
};

/** How both sides came through the incident. */
export const tableOf = ({ bare, holdfast }: Summary): string =>
  tableFrom(
    [`the incident of ${INCIDENT_MS / 1_000} s`, 'bare', 'Holdfast'],
    ROWS.map(([label, cell]) => [label, cell(bare), cell(holdfast)]),
  );

type DisturbanceRow = readonly [label: string, cell: (summary: DisturbanceSummary) => string];

const DISTURBANCE_ROWS: readonly DisturbanceRow[] = [
  ['orders', ({ orders }) => whole.format(orders)],
  ['  of these under way as it began', ({ underWay }) => whole.format(underWay)],
  ['served (200, 202)', ({ served }) => whole.format(served)],
  ['refused (503, Retry-After)', ({ refused }) => whole.format(refused)],
  ['failed (reset, other errors, no answer)', ({ failed }) => whole.format(failed)],
  ['slowest', ({ slowestMs }) => `${whole.format(slowestMs)} ms`],
  ['until all workers were well', ({ tookMs }) => seconds(tookMs)],
  ['connections that another worker took over', ({ rescued }) => whole.format(rescued)],
];

/** What the customers of the two workers saw of what was done to these. */
export const disturbanceTable = (disturbances: readonly DisturbanceSummary[]): string =>
  `${disturbanceRows(disturbances)}\nThe order that blocks the loop is not counted.`;

const disturbanceRows = (disturbances: readonly DisturbanceSummary[]): string =>
  tableFrom(
    ['Holdfast, two workers', ...disturbances.map(({ kind }) => DISTURBANCE_NAMES[kind])],
    DISTURBANCE_ROWS.map(([label, cell]) => [label, ...disturbances.map(cell)]),
  );

const transitionLine =
  ({ startsAtMs }: Evidence) =>
  ({ atMs, slot, from, to, reason, summary }: Transition): string => {
    const head = `${seconds(atMs - startsAtMs).padStart(8)}  worker ${slot}  ${from} → ${to}`;
    if (to !== 'OPEN') return `${head}  ${reason}`;
    // What explain() says at an opening: why, and until when.
    return `${head}  ${summary.slice(summary.indexOf(' because ') + 1)}`;
  };

const sumOf = (numbers: readonly number[]): string =>
  whole.format(numbers.reduce((sum, each) => sum + each, 0));

/** What the circuits did and why, in their own words. */
export const circuitStory = (evidence: Evidence): string => {
  const all = [...evidence.circuits.values()];
  const putOff = sumOf(all.map((each) => each.putOff));
  const chargedLater = sumOf(all.map((each) => each.chargedLater));
  return [
    'What the circuits did, of which each worker has its own',
    ...evidence.transitions.map(transitionLine(evidence)),
    ...currentCircuits(evidence).map(
      ({ slot, summary }) => `At the end, worker ${slot}: ${summary}.`,
    ),
    `Payments put off: ${putOff}, of these charged after the recovery: ${chargedLater}.`,
  ].join('\n');
};

export const claimLines = (claims: readonly Claim[]): string =>
  claims
    .map(({ text, measured, holds }) => `${holds ? 'holds ' : 'FAILED'}  ${text}: ${measured}`)
    .join('\n');
