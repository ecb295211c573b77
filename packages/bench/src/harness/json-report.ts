import { againstBestPeer } from './best-peer.ts';
import type { Finding } from './goals.ts';
import type { Machine } from './machine.ts';
import type { GroupResult, RunOptions } from './run-group.ts';

const groupDocument = (result: GroupResult): object => {
  const { id, title, kind } = result.group;
  const rows =
    result.kind === 'ratio'
      ? result.rows.map((row) => ({ ...row, ofBestPeer: againstBestPeer(row, result.rows) }))
      : result.rows;
  return { id, title, kind, rows };
};

/** Everything the text report says, as one document. */
export const jsonReport = (
  { suite, rounds, effort }: RunOptions,
  machine: Machine,
  results: readonly GroupResult[],
  bounds: readonly Finding[],
): string =>
  JSON.stringify(
    {
      suite,
      rounds,
      forFigures: effort === 'full',
      machine,
      groups: results.map(groupDocument),
      bounds,
    },
    null,
    2,
  );
