import { median } from '../../harness/statistics.ts';
import { figure, table } from '../../harness/table.ts';
import type { Chart, Claim, Report, Table } from './simulation.ts';

const written = (value: number, decimals: number): string =>
  value === Infinity ? 'never' : figure(value, decimals);

/** A median that lies at or beyond never is never. */
const middleOf = (values: readonly number[]): number => {
  const middle = median(values);
  return Number.isNaN(middle) ? Infinity : middle;
};

/** The middle of the seeds, and from where to where they lie if that can be told apart. */
const cellOf = (values: readonly number[], decimals: number): string => {
  if (values.length === 0) return '-';
  const low = written(Math.min(...values), decimals);
  const high = written(Math.max(...values), decimals);
  if (low === high) return low;
  return `${written(middleOf(values), decimals)} (${low}..${high})`;
};

const tableLines = ({ title, of, columns, rows }: Table): string[] => [
  '',
  title,
  ...table(
    [of, ...columns.map(({ heading }) => heading)],
    rows.map(({ name, figures }) => [
      name,
      ...columns.map(({ decimals }, at) => cellOf(figures[at] ?? [], decimals)),
    ]),
  ),
];

const HEIGHTS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** A column of blocks for each value; the least that is not nothing can still be seen. */
const drawn = (values: readonly number[], top: number): string =>
  values
    .map((value) => HEIGHTS[Math.min(HEIGHTS.length - 1, Math.ceil((value / top) * 8))] ?? '?')
    .join('');

const chartLines = ({ title, everyMs, top, series }: Chart): string[] => {
  const width = Math.max(...series.map(({ name }) => name.length));
  return [
    '',
    `${title} (a column is ${figure(everyMs)} ms, a full one ${figure(top)} or more)`,
    ...series.map(({ name, values }) => `${name.padEnd(width)}  |${drawn(values, top)}|`),
  ];
};

const claimLines = (claims: readonly Claim[]): string[] =>
  table(
    ['claim', 'worst seed', 'measured', 'required', ''],
    claims.map(({ what, bound, limit, worst, worstSeed, ok }) => [
      what,
      String(worstSeed),
      written(worst, 2),
      `${bound} ${figure(limit, 2)}`,
      ok ? 'ok' : 'MISSED',
    ]),
  );

/** What stands above the reports. */
export const headLines = (seeds: readonly number[]): string[] => [
  `node ${process.version}, virtual time; seeds ${seeds.join(', ')}`,
  'figures: the median of the seeds (and from where to where they lie); charts: the first seed',
  `once more with one seed: pnpm simulate --only <name> --seed ${seeds[0] ?? ''}`,
];

/** A report for people: figures are medians over the seeds with the whole range. */
export const reportLines = (
  name: string,
  { title, assumptions, tables, charts, claims }: Report,
): string[] => [
  '',
  `${title} [${name}]`,
  ...assumptions.map((line) => `  ${line}`),
  ...tables.flatMap(tableLines),
  ...charts.flatMap(chartLines),
  '',
  ...claimLines(claims),
];
