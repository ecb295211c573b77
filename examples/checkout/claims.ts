import type { Summary } from './summary.ts';

/** Something the demo says about Holdfast, and whether this run bore it out. */
export interface Claim {
  readonly text: string;
  readonly measured: string;
  readonly holds: boolean;
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

export const claimsOf = ({ bare, holdfast }: Summary): readonly Claim[] => {
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
