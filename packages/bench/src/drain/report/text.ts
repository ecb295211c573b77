import { figure, table } from '../../harness/table.ts';
import type { Scenario } from '../scenarios.ts';
import { claimsOf, together, type Claim } from './claims.ts';
import type { Tally, Times } from './tally.ts';

/** One contestant in one scenario: a tally for each Node, or nothing where it has no part in it. */
export interface Row {
  readonly name: string;
  readonly tallies: readonly (Tally | undefined)[];
}

const NOTHING = '-';

const timesText = (times: Times | undefined): string =>
  times === undefined ? NOTHING : `${figure(times.median)} (${figure(times.most)})`;

const exitText = ({ exit, trials, stayed }: Tally): string => {
  if (stayed === 0) return timesText(exit);
  return stayed === trials ? 'stays' : `${timesText(exit)}, stays ${stayed} x`;
};

const each = (
  tallies: readonly (Tally | undefined)[],
  text: (tally: Tally) => string,
): readonly string[] => tallies.map((tally) => (tally === undefined ? NOTHING : text(tally)));

const total = (row: Row, of: (tally: Tally) => number): string => {
  const known = row.tallies.filter((tally) => tally !== undefined);
  return known.length === 0 ? NOTHING : figure(known.reduce((all, tally) => all + of(tally), 0));
};

const headings = (nodes: readonly string[], counted: string): readonly string[] => [
  '',
  ...nodes.map((node) => `lost ${node}`),
  `of ${counted}`,
  'refused',
  ...nodes.map((node) => `exit ms ${node}`),
  ...nodes.map((node) => `after last ${node}`),
  'unclean',
];

const cells = (row: Row): readonly string[] => [
  row.name,
  ...each(row.tallies, ({ lost }) => figure(lost)),
  total(row, ({ requests }) => requests),
  total(row, ({ refused }) => refused),
  ...each(row.tallies, exitText),
  ...each(row.tallies, ({ afterLast }) => timesText(afterLast)),
  total(row, ({ unclean }) => unclean),
];

/** What the scenario's rows have to keep, where anybody promised something. */
export const scenarioClaims = (
  { exit, promisedBy }: Scenario,
  nodes: readonly string[],
  rows: readonly Row[],
): readonly Claim[] => {
  const tallies = rows.find(({ name }) => name === promisedBy)?.tallies ?? [];
  const claims = tallies.map((tally) => (tally === undefined ? [] : claimsOf(tally, exit)));
  return together(new Map(claims.map((held, at) => [nodes[at] ?? '?', held])));
};

/** The table of one scenario, and its claims. */
export const scenarioLines = (
  { id, title, counted }: Scenario,
  nodes: readonly string[],
  { rows, claims }: { readonly rows: readonly Row[]; readonly claims: readonly Claim[] },
): readonly string[] => [
  '',
  `${title} [${id}]`,
  ...table(headings(nodes, counted), rows.map(cells)),
  ...claims.map(({ what, measured, ok }) => `${ok ? 'held  ' : 'MISSED'}  ${what}: ${measured}`),
];
