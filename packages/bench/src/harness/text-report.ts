import { againstBestPeer } from './best-peer.ts';
import type { Finding } from './goals.ts';
import type { Machine } from './machine.ts';
import type { GroupResult } from './run-group.ts';
import type { FigureGroup, FigureRow, RatioRow } from './suite.ts';
import { figure, table } from './table.ts';

const RATIO_HEADINGS = [
  'contestant',
  'ns/op',
  'x bare',
  'p10..p90',
  '+ns',
  '+B/op',
  'turns',
  'of best peer',
];

const comparison = (row: RatioRow, rows: readonly RatioRow[]): string => {
  const against = againstBestPeer(row, rows);
  if (against === undefined) return '';
  return against.distinguishable ? `${figure(against.quotient, 2)}x` : 'not distinguishable';
};

const ratioLines = (rows: readonly RatioRow[]): string[] =>
  table(
    RATIO_HEADINGS,
    rows.map((row) => [
      row.name,
      figure(row.ns, row.ns < 100 ? 1 : 0),
      figure(row.ratio, 2),
      `${figure(row.p10, 2)}..${figure(row.p90, 2)}`,
      figure(row.addedNs, Math.abs(row.addedNs) < 100 ? 1 : 0),
      figure(row.addedBytes),
      figure(row.turns),
      comparison(row, rows),
    ]),
  );

const figureLines = ({ columns }: FigureGroup, rows: readonly FigureRow[]): string[] =>
  table(
    ['contestant', ...columns.map(({ heading }) => heading)],
    rows.map(({ name, figures }) => [
      name,
      ...columns.map(({ key, decimals }) => figure(figures[key], decimals)),
    ]),
  );

/** The heading and the table of one group. */
export const groupLines = (result: GroupResult): string[] => [
  '',
  `${result.group.title} [${result.group.id}]`,
  ...(result.kind === 'ratio' ? ratioLines(result.rows) : figureLines(result.group, result.rows)),
];

/** What stands above the tables. */
export const headLines = (machine: Machine, rounds: number, quick: boolean): string[] => [
  `node ${machine.node} (V8 ${machine.v8}), ${machine.platform}`,
  `${machine.cpu}, ${machine.cores} cores, load ${figure(machine.load, 2)}`,
  Object.entries(machine.packages)
    .map(([name, version]) => `${name} ${version}`)
    .join(', '),
  `${rounds} rounds; times are medians of rounds, ratios those of contestant to bare in one round`,
  ...(quick ? ['QUICK RUN: for a look, not for figures'] : []),
];

/** The goals, one a line. */
export const findingLines = (findings: readonly Finding[]): string[] =>
  findings.length === 0
    ? []
    : [
        '',
        'Bounds',
        ...table(
          ['goal', 'measured', 'at most', 'unit', ''],
          findings.map(({ group, what, measured, atMost, unit, ok }) => [
            `${group}: ${what}`,
            figure(measured, 2),
            figure(atMost, 2),
            unit,
            ok ? 'ok' : 'MISSED',
          ]),
        ),
      ];
