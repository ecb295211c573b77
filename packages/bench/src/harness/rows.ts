import type { Costs, Round } from './duel.ts';
import { spreadOf, median } from './statistics.ts';
import type { Contestant, RatioGroup, RatioRow } from './suite.ts';

/** The contestants of the group after one that is the bare call itself: what it shows is noise. */
export const withBareRow = (group: RatioGroup): readonly Contestant[] => [
  { name: 'bare', side: 'bare', make: group.bare },
  ...group.contestants,
];

/** What the rounds and costs of one contestant come to. */
export const ratioRow = (
  { name, side }: Contestant,
  rounds: readonly Round[],
  { addedBytes, turns }: Costs,
): RatioRow => {
  const { median: ratio, p10, p90 } = spreadOf(rounds.map(({ ownNs, bareNs }) => ownNs / bareNs));
  const ns = median(rounds.map(({ ownNs }) => ownNs));
  const addedNs = median(rounds.map(({ ownNs, bareNs }) => ownNs - bareNs));
  return { name, side, ratio, p10, p90, ns, addedNs, addedBytes, turns };
};
