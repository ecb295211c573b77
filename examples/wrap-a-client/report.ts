import type { Claim } from './claims.ts';
import type { Pairs } from './run.ts';
import type { Sight } from './sight.ts';

const TITLES: Readonly<Record<keyof Pairs, string>> = {
  flaky: 'fetch, one answer in three is a 503',
  outage: 'fetch, every answer is a 500',
  orders: 'a vendor’s client, every second answer is lost',
  page: 'request, the server hangs',
};

const answered = ({ answered: good, calls }: Sight): string => `${good} of ${calls}`;

const atServer = ({ requests, booked }: Sight): string =>
  booked === 0 ? `${requests}` : `${requests} (${booked} booked)`;

const took = ({ tookMs }: Sight): string => `${Math.round(tookMs)} ms`;

const COLUMNS = [
  ['answered', answered],
  ['requests at the server', atServer],
  ['took', took],
] as const;

const rowOf = (label: string, cells: readonly string[]): string =>
  label.padEnd(48) + cells.map((cell) => cell.padStart(24)).join('');

/** A row for each part and client. */
export const tableOf = (pairs: Pairs): string => {
  const head = rowOf(
    '',
    COLUMNS.map(([title]) => title),
  );
  const rows = (Object.keys(TITLES) as (keyof Pairs)[]).flatMap((part) => {
    const { bare, wrapped } = pairs[part];
    return [
      TITLES[part],
      rowOf(
        '  bare',
        COLUMNS.map(([, cell]) => cell(bare)),
      ),
      rowOf(
        '  with Holdfast',
        COLUMNS.map(([, cell]) => cell(wrapped)),
      ),
    ];
  });
  return [head, '-'.repeat(head.length), ...rows].join('\n');
};

export const claimLines = (claims: readonly Claim[]): string =>
  claims.map(({ text, holds }) => `${holds ? 'holds ' : 'FAILED'}  ${text}`).join('\n');
