import type { Claim } from './claims.ts';
import type { Evidence } from './evidence.ts';
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

/** The one table of the demo. */
export const tableOf = ({ bare, holdfast }: Summary): string => {
  const lines = ROWS.map(
    ([label, cell]) =>
      `${label.padEnd(42)}${cell(bare).padStart(18)}${cell(holdfast).padStart(18)}`,
  );
  const head =
    `the incident of ${INCIDENT_MS / 1_000} s`.padEnd(42) +
    'bare'.padStart(18) +
    'Holdfast'.padStart(18);
  return [head, '-'.repeat(head.length), ...lines].join('\n');
};

const transitionLine = ({ at, from, to, reason, summary }: Transition): string => {
  const head = `${seconds(at).padStart(8)}  ${from} → ${to}`;
  if (to !== 'OPEN') return `${head}  ${reason}`;
  // What explain() says at an opening: why, and until when.
  return `${head}  ${summary.slice(summary.indexOf(' because ') + 1)}`;
};

/** What the circuit did and why, in its own words. */
export const circuitStory = ({ transitions, circuit }: Evidence): string =>
  [
    'What the circuit did',
    ...transitions.map(transitionLine),
    `At the end: ${circuit.summary}.`,
    `Payments put off: ${whole.format(circuit.putOff)}, of these charged after the recovery: ${whole.format(circuit.chargedLater)}.`,
  ].join('\n');

export const claimLines = (claims: readonly Claim[]): string =>
  claims
    .map(({ text, measured, holds }) => `${holds ? 'holds ' : 'FAILED'}  ${text}: ${measured}`)
    .join('\n');
