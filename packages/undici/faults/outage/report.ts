/** Something that has to hold; printed with what was measured. */
export interface Claim {
  readonly what: string;
  readonly measured: string;
  readonly ok: boolean;
}

/** One part of the report. */
export interface Section {
  readonly title: string;
  /** How it was measured, in sentences. */
  readonly notes: readonly string[];
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly claims: readonly Claim[];
}

/** A whole number with grouped thousands, or with decimals. */
export const figure = (value: number, decimals = 0): string =>
  value.toLocaleString('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });

const GAP = '  ';

const table = (rows: readonly (readonly string[])[]): string[] => {
  const [first = []] = rows;
  const widths = first.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const padded = (cell: string, at: number): string =>
    at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0);
  return rows.map((row) => row.map(padded).join(GAP).trimEnd());
};

/** The section as text: its table, and each claim with what was measured. */
export const linesOf = ({ title, notes, headings, rows, claims }: Section): string[] => [
  '',
  title,
  ...notes.map((note) => `  ${note}`),
  ...table([headings, ...rows]),
  ...claims.map(({ what, measured, ok }) => `${ok ? 'held  ' : 'MISSED'}  ${what}: ${measured}`),
];
