import { figure } from '../../harness/table.ts';
import type { ExitBound } from '../scenarios.ts';
import type { Tally, Times } from './tally.ts';

/** Something that Holdfast promises, with what was measured. */
export interface Claim {
  readonly what: string;
  readonly measured: string;
  readonly ok: boolean;
}

const exitClaim = ({ from, atMostMs }: ExitBound, times: Times | undefined): Claim => ({
  what: `exit at most ${figure(atMostMs)} ms after the ${from}`,
  measured: times === undefined ? 'never' : `${figure(times.most)} ms`,
  ok: times !== undefined && times.most <= atMostMs,
});

/** What Holdfast promises of its trials on one Node. */
export const claimsOf = (tally: Tally, bound: ExitBound): readonly Claim[] => {
  const { trials, requests, lost, stayed, unclean, exit, afterLast } = tally;
  const bad = stayed + unclean;
  return [
    {
      what: 'nothing lost',
      measured: `${figure(lost)} of ${figure(requests)}`,
      ok: lost === 0 && requests > 0,
    },
    {
      what: 'exit with code 0',
      measured: `${trials - bad} of ${trials}`,
      ok: bad === 0 && trials > 0,
    },
    exitClaim(bound, bound.from === 'signal' ? exit : afterLast),
  ];
};

/** The same claims of each Node, made into one that holds where it holds on all of them. */
export const together = (perNode: ReadonlyMap<string, readonly Claim[]>): readonly Claim[] => {
  const all = [...perNode].flatMap(([node, claims]) => claims.map((claim) => ({ node, claim })));
  return [...Map.groupBy(all, ({ claim }) => claim.what)].map(([what, alike]) => ({
    what,
    measured: alike.map(({ node, claim }) => `${claim.measured} (Node ${node})`).join(', '),
    ok: alike.every(({ claim }) => claim.ok),
  }));
};
