import { ContestantProcess } from './contestant-process.ts';
import type { Round } from './duel.ts';
import { ratioRow, withBareRow } from './rows.ts';
import { shuffled } from './statistics.ts';
import type {
  Contestant,
  Effort,
  FigureGroup,
  FigureRow,
  Group,
  RatioGroup,
  RatioRow,
} from './suite.ts';

/** How the groups of a suite are to be measured. */
export interface RunOptions {
  readonly suite: string;
  readonly rounds: number;
  readonly effort: Effort;
}

/** A group with what was found out about it. */
export type GroupResult =
  | { readonly kind: 'ratio'; readonly group: RatioGroup; readonly rows: readonly RatioRow[] }
  | { readonly kind: 'figures'; readonly group: FigureGroup; readonly rows: readonly FigureRow[] };

interface Entry {
  readonly contestant: Contestant;
  readonly process: ContestantProcess;
  readonly rounds: Round[];
}

/** One contestant at a time, so that none is measured against the noise of another. */
const playRounds = async (entries: readonly Entry[], rounds: number): Promise<RatioRow[]> => {
  for (const { process } of entries) await process.ask('prepare');
  for (let i = 0; i < rounds; i++) {
    for (const entry of shuffled(entries)) entry.rounds.push(await entry.process.ask('round'));
  }
  const rows: RatioRow[] = [];
  for (const { contestant, process, rounds: played } of entries) {
    rows.push(ratioRow(contestant, played, await process.ask('costs')));
  }
  return rows;
};

const runRatioGroup = async (group: RatioGroup, options: RunOptions): Promise<RatioRow[]> => {
  const entries = withBareRow(group).map((contestant): Entry => {
    const address = { suite: options.suite, group: group.id, contestant: contestant.name };
    return { contestant, process: new ContestantProcess(address), rounds: [] };
  });
  try {
    return await playRounds(entries, options.rounds);
  } finally {
    for (const { process } of entries) process.end();
  }
};

const runFigureGroup = async (group: FigureGroup, options: RunOptions): Promise<FigureRow[]> => {
  const rows: FigureRow[] = [];
  for (const { name, side } of group.contestants) {
    const address = { suite: options.suite, group: group.id, contestant: name };
    const process = new ContestantProcess(address);
    try {
      rows.push({ name, side, figures: await process.ask('figures', options.effort) });
    } finally {
      process.end();
    }
  }
  return rows;
};

/** Measures every contestant of the group. */
export const runGroup = async (group: Group, options: RunOptions): Promise<GroupResult> =>
  group.kind === 'ratio'
    ? { kind: group.kind, group, rows: await runRatioGroup(group, options) }
    : { kind: group.kind, group, rows: await runFigureGroup(group, options) };
