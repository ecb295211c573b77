import { isDistinguishable } from './statistics.ts';
import type { RatioRow } from './suite.ts';

/** A row's time over that of the fastest peer of its group. */
export interface Comparison {
  readonly peer: string;
  readonly quotient: number;
  /** False when the bare call differs as much from itself. */
  readonly distinguishable: boolean;
}

/** How a Holdfast row stands to the fastest peer; undefined for other rows and without a peer. */
export const againstBestPeer = (
  row: RatioRow,
  rows: readonly RatioRow[],
): Comparison | undefined => {
  const [best] = rows.filter(({ side }) => side === 'peer').toSorted((a, b) => a.ratio - b.ratio);
  const noise = rows.find(({ side }) => side === 'bare');
  if (row.side !== 'holdfast' || best === undefined || noise === undefined) return undefined;
  return {
    peer: best.name,
    quotient: row.ratio / best.ratio,
    distinguishable: isDistinguishable(row.ratio, best.ratio, { ...noise, median: noise.ratio }),
  };
};
