import type { DisturbanceKind, DisturbanceSummary } from './disturbances.ts';
import type { Summary } from './summary.ts';

/** Something the demo says about Holdfast, and whether this run bore it out. */
export interface Claim {
  readonly text: string;
  readonly measured: string;
  readonly holds: boolean;
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

const incidentClaims = ({ bare, holdfast }: Summary): readonly Claim[] => {
  const answered = (holdfast.served + holdfast.refused) / holdfast.orders;
  const reached = holdfast.sickCalls / bare.sickCalls;
  const { recoveryMs } = holdfast;
  return [
    {
      text: 'with Holdfast at least 99 % of the orders are served or refused within 1 s',
      measured: `${percent(holdfast.served / holdfast.orders)} served + ${percent(holdfast.refused / holdfast.orders)} refused`,
      holds: answered >= 0.99,
    },
    {
      text: 'bare, less than 10 % are answered within 1 s while payments hangs',
      measured: percent(bare.answeredInHang),
      holds: bare.answeredInHang < 0.1,
    },
    {
      text: 'with Holdfast at most 10 % of the bare calls reach the sick service',
      measured: `${holdfast.sickCalls} of ${bare.sickCalls}, ${percent(reached)}`,
      holds: reached <= 0.1,
    },
    {
      text: 'with Holdfast orders are charged at once again within 5 s after the healing',
      measured: recoveryMs === undefined ? 'never' : `${(recoveryMs / 1_000).toFixed(1)} s`,
      holds: recoveryMs !== undefined && recoveryMs <= 5_000,
    },
  ];
};

/** Within this customers have heard that a connection is gone, and use others. */
const HEARD_WITHIN_MS = 1_000;
/** How long customers wait at most. */
const LONGEST_WAIT_MS = 5_000;

const failedOf = ({ failed, orders }: DisturbanceSummary): string =>
  `${failed} of ${orders} failed`;

const reloadClaims = (seen: DisturbanceSummary): readonly Claim[] => [
  {
    text: 'a rolling reload fails no order',
    measured: failedOf(seen),
    holds: seen.orders > 0 && seen.failed === 0,
  },
];

const killClaims = (seen: DisturbanceSummary): readonly Claim[] => {
  const last = seen.lastFailedMs ?? 0;
  return [
    {
      text: 'a kill -9 fails orders of that moment at most, none that came a second later',
      measured: `${failedOf(seen)}, ${last > 0 ? `the last came ${last.toFixed(0)} ms after it` : 'none came after it'}`,
      holds: seen.orders > 0 && last <= HEARD_WITHIN_MS,
    },
  ];
};

const blockClaims = (seen: DisturbanceSummary): readonly Claim[] => [
  {
    text: 'the line that blocks an event loop is found, and the worker replaced',
    measured: `${seen.culprit ?? 'not found'}, after ${(seen.tookMs / 1_000).toFixed(1)} s`,
    holds: seen.culprit?.startsWith('isCoupon ') === true,
  },
  {
    text: 'nobody waits for the blocked worker until they leave after 5 s',
    measured: `${failedOf(seen)}, the slowest after ${(seen.slowestMs / 1_000).toFixed(1)} s`,
    holds: seen.orders > 0 && seen.slowestMs < LONGEST_WAIT_MS,
  },
];

const CLAIMS: Record<DisturbanceKind, typeof reloadClaims> = {
  reload: reloadClaims,
  kill: killClaims,
  block: blockClaims,
};

export const claimsOf = (
  summary: Summary,
  disturbances: readonly DisturbanceSummary[],
): readonly Claim[] => [
  ...incidentClaims(summary),
  ...disturbances.flatMap((seen) => CLAIMS[seen.kind](seen)),
];
