/** A number with grouped thousands and so many decimals; a dash for what does not apply. */
export const figure = (value: number | undefined, decimals = 0): string =>
  value === undefined
    ? '-'
    : value.toLocaleString('en-US', {
        minimumFractionDigits: decimals,
        maximumFractionDigits: decimals,
      });

const GAP = '  ';

/** Lines of text with aligned columns, the first to the left and the others to the right. */
export const table = (
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string[] => {
  const lines = [headings, ...rows];
  const widths = headings.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  return lines.map((line) =>
    line
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join(GAP)
      .trimEnd(),
  );
};
