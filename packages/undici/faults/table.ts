import { APIS } from './callers.ts';
import type { Outcome } from './run-cells.ts';

const HEAD = [
  'fault',
  'through',
  'the caller saw',
  'recorded',
  'requests',
  'retried',
  'permits',
  'sockets',
  'left',
];

const WORDS: Readonly<Record<string, string>> = { S: 'success', F: 'failure', I: 'ignored' };

const recorded = (records: string): string => {
  if (records === '') return 'nothing';
  const [first = ''] = records;
  const same = records === first.repeat(records.length) && records.length > 2;
  if (same) return `${records.length} × ${WORDS[first]}`;
  return Array.from(records, (letter) => WORDS[letter]).join(', ');
};

const retried = ({ retries, wait }: Outcome['seen']): string => {
  if (retries === 0) return 'no';
  return wait === 'none' ? 'yes' : `yes, ${wait}`;
};

const opened = (ms: number | undefined): string => (ms === undefined ? '' : `, opens for ${ms} ms`);

/** What is said of a cell besides its fault and API. */
const factsOf = ({ seen }: Outcome): readonly string[] => [
  seen.sees,
  recorded(seen.records) + opened(seen.opensForMs),
  String(seen.arrives),
  retried(seen),
  String(seen.permits),
  String(seen.sockets),
  String(seen.left),
];

const throughOf = (apis: readonly string[]): string =>
  APIS.every((api) => apis.includes(api)) ? 'all five' : apis.join(', ');

/** One line for all APIs through which a fault looks the same. */
const rowsOf = (outcomes: readonly Outcome[]): readonly (readonly string[])[] => {
  const alike = Map.groupBy(outcomes, (outcome) =>
    JSON.stringify([outcome.fault, ...factsOf(outcome)]),
  );
  return [...alike].map(([key, group]) => {
    const [fault, ...facts]: string[] = JSON.parse(key);
    return [fault ?? '', throughOf(group.map(({ api }) => api)), ...facts];
  });
};

/** The matrix as text, a line of it each. */
export const tableOf = (outcomes: readonly Outcome[]): readonly string[] => {
  const rows = [HEAD, ...rowsOf(outcomes)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((field, column) => field.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
};

/** What is not as documented, a line for each cell. */
export const differencesOf = (outcomes: readonly Outcome[]): readonly string[] =>
  outcomes
    .filter(({ wrong }) => wrong.length > 0)
    .map(({ fault, api, wrong }) => `DIFFERS  ${fault} through ${api}: ${wrong.join('; ')}`);
