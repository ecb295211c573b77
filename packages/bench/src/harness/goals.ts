import type { GroupResult } from './run-group.ts';
import type { FigureRow, Goal, RatioRow } from './suite.ts';

/** A goal beside what was measured. */
export interface Finding {
  readonly group: string;
  readonly what: string;
  readonly unit: string;
  readonly measured: number;
  readonly atMost: number;
  readonly ok: boolean;
}

const LIMITS = {
  ratio: { what: 'time', unit: 'x bare' },
  addedNs: { what: 'added time', unit: 'ns' },
  addedBytes: { what: 'added allocation', unit: 'B/op' },
  turns: { what: 'turns', unit: '' },
} as const;

type Limited = keyof typeof LIMITS;

const limited = ['ratio', 'addedNs', 'addedBytes', 'turns'] as const satisfies readonly Limited[];

/** One goal for each figure of the row that is given a limit. */
export const within = (
  name: string,
  limits: Readonly<Partial<Record<Limited, number>>>,
): Goal<RatioRow>[] =>
  limited.flatMap((figure) => {
    const atMost = limits[figure];
    if (atMost === undefined) return [];
    const { what, unit } = LIMITS[figure];
    const measured: Goal<RatioRow>['measured'] = (find) => find(name)?.[figure];
    return [{ what: `${name}: ${what}`, unit, atMost, measured }];
  });

/** A goal for one figure of the row. */
export const figureGoal = (
  name: string,
  key: string,
  goal: Omit<Goal<FigureRow>, 'measured'>,
): Goal<FigureRow> => ({ ...goal, measured: (find) => find(name)?.figures[key] });

const judge = <Row extends { readonly name: string }>(
  group: { readonly id: string; readonly goals: readonly Goal<Row>[] },
  rows: readonly Row[],
): Finding[] =>
  group.goals.flatMap(({ what, unit, atMost, measured: read }) => {
    const measured = read((name) => rows.find((row) => row.name === name));
    return measured === undefined
      ? []
      : [{ group: group.id, what, unit, measured, atMost, ok: measured <= atMost }];
  });

/** The goals of the group whose rows were measured. */
export const findingsOf = (result: GroupResult): Finding[] =>
  result.kind === 'ratio' ? judge(result.group, result.rows) : judge(result.group, result.rows);
