import { describeMachine } from '../../harness/machine.ts';
import { figure, table } from '../../harness/table.ts';
import { isHeld, type Finding } from '../finding.ts';
import type { Outcome } from './outcome.ts';

const PACKAGES = [
  '@holdfast/core',
  '@holdfast/redis',
  '@holdfast/express',
  '@holdfast/koa',
  'express',
  'koa',
  'redis',
  'ioredis',
];

const SMALL = 10;

const number = (value: number): string =>
  figure(value, Number.isInteger(value) || Math.abs(value) >= SMALL ? 0 : 1);

const withUnit = (text: string, unit: string): string => (unit === '' ? text : `${text} ${unit}`);

/** What was measured, with its unit. */
export const measuredText = ({ measured, unit, of }: Finding): string =>
  withUnit(number(measured) + (of === undefined ? '' : ` of ${number(of)}`), unit);

/** What was promised of it; a dash for nothing. */
export const promiseText = ({ bound, unit }: Finding): string => {
  if (bound === undefined) return '-';
  if ('atMost' in bound) return withUnit(`at most ${number(bound.atMost)}`, unit);
  if ('atLeast' in bound) return withUnit(`at least ${number(bound.atLeast)}`, unit);
  return withUnit(number(bound.exactly), unit);
};

const verdict = (finding: Finding): string => {
  const held = isHeld(finding);
  if (held === undefined) return 'told';
  return held ? 'held' : 'MISSED';
};

/** What stands above the tables. */
export const headLines = (redis: string, quick: boolean): readonly string[] => {
  const { node, platform, cpu, cores, load, packages } = describeMachine(PACKAGES);
  return [
    `node ${node}, ${redis}; ${platform}, ${cpu}, ${cores} cores, load ${figure(load, 2)}`,
    Object.entries(packages)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    'told: nothing is promised of this figure',
    ...(quick ? ['QUICK RUN: for a look, not for figures'] : []),
  ];
};

/** The table of one fault. */
export const outcomeLines = ({ id, title, seconds, findings }: Outcome): readonly string[] => [
  '',
  `${title} [${id}, ${figure(seconds)} s]`,
  ...table(
    ['fault', 'figure', 'promise', ''],
    findings.map((finding) => [
      finding.what,
      measuredText(finding),
      promiseText(finding),
      verdict(finding),
    ]),
  ),
];

/** How many promises were kept. */
export const sumLines = (outcomes: readonly Outcome[]): readonly string[] => {
  const verdicts = outcomes.flatMap(({ findings }) => findings.map(isHeld));
  const held = verdicts.filter((each) => each === true).length;
  const missed = verdicts.filter((each) => each === false).length;
  return ['', `${held} promises held, ${missed} MISSED`];
};
