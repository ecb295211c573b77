import { readFileSync } from 'node:fs';
import { isHeld, type Finding } from '../../faults/finding.ts';
import { measuredText, promiseText } from '../../faults/report/text.ts';
import { describeMachine } from '../../harness/machine.ts';
import { figure, table } from '../../harness/table.ts';
import type { Outcome } from './outcome.ts';

const migrates = (): string => {
  try {
    return readFileSync('/proc/sys/net/ipv4/tcp_migrate_req', 'utf8').trim();
  } catch {
    return 'not there';
  }
};

/** What stands above the tables. */
export const headLines = (
  nodes: readonly string[],
  peers: readonly string[],
  quick: boolean,
): readonly string[] => {
  const { node, platform, cpu, cores, load, packages } = describeMachine(['@holdfast/cluster']);
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  return [
    `contestants on node ${nodes.join(', ')}, clients on node ${node}; ${platform}, ${cpu}, ${cores} cores, load ${figure(load, 2)}`,
    [...versions, ...peers].join(', '),
    `net.ipv4.tcp_migrate_req: ${migrates()}`,
    'lost: sent, and broken off; refused: no connection; stranded: no answer in five seconds',
    ...(quick ? ['QUICK RUN: for a look, not for figures'] : []),
  ];
};

const verdict = (finding: Finding): string => {
  const held = isHeld(finding);
  if (held === undefined) return 'told       ';
  return held ? 'holds      ' : 'FALLS SHORT';
};

const findingLine = (finding: Finding): string => {
  const { what, bound } = finding;
  const promise = bound === undefined ? '' : ` (promised: ${promiseText(finding)})`;
  return `${verdict(finding)}  ${what}: ${measuredText(finding)}${promise}`;
};

/** The tables of one scenario, and what holds of them. */
export const outcomeLines = ({
  id,
  title,
  node,
  seconds,
  tables,
  findings,
}: Outcome): readonly string[] => [
  '',
  `${title} [${id}, node ${node}, ${figure(seconds)} s]`,
  ...tables.flatMap(({ headings, rows }) => table(headings, rows)),
  ...findings.map(findingLine),
];

/** How many promises hold. */
export const sumLines = (outcomes: readonly Outcome[]): readonly string[] => {
  const verdicts = outcomes.flatMap(({ findings }) => findings.map(isHeld));
  const held = verdicts.filter((each) => each === true).length;
  const short = verdicts.filter((each) => each === false).length;
  return ['', `${held} promises hold, ${short} FALL SHORT`];
};
