import type { Finding, Tally } from './run.ts';

const HEAD = ['parser', 'inputs', 'accepted', 'round trips', 'slowest', 'findings'];
const LONGEST_TEXT = 200;

const cellsOf = (tally: Tally): string[] => [
  tally.name,
  tally.inputs.toLocaleString('en'),
  `${((100 * tally.accepted) / Math.max(1, tally.inputs)).toFixed(0)} %`,
  tally.roundTrips.toLocaleString('en'),
  `${(tally.slowestMs * 1_000).toFixed(0)} µs`,
  `${tally.findings}`,
];

/** A line for each parser, under a head. */
export const tableOf = (tallies: readonly Tally[]): string[] => {
  const rows = [HEAD, ...tallies.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  '),
  );
};

/** What was found, in one line, the text as JSON and not longer than it helps. */
export const lineOf = ({ target, text, complaint }: Finding): string => {
  const shown = JSON.stringify(text.slice(0, LONGEST_TEXT));
  const rest = text.length > LONGEST_TEXT ? ` and ${text.length - LONGEST_TEXT} more letters` : '';
  return `FINDING  ${target}: ${complaint.slice(0, LONGEST_TEXT)}; the input was ${shown}${rest}`;
};
