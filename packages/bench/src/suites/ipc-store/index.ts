import { figureGoal } from '../../harness/goals.ts';
import type { FigureContestant, FigureGroup, Side, Suite } from '../../harness/suite.ts';
import { figure } from '../../harness/table.ts';
import type { CallerName } from './callers.ts';
import { measureInWorker } from './in-worker.ts';

const TAKE = 'Holdfast ipcStore().take';

interface Rival {
  readonly name: string;
  readonly side: Side;
  readonly caller: CallerName;
}

const RIVALS: readonly Rival[] = [
  { name: TAKE, side: 'holdfast', caller: 'take' },
  { name: 'Holdfast, lease and release', side: 'holdfast', caller: 'hold' },
  { name: 'Holdfast, read and write of 1 KiB', side: 'holdfast', caller: 'save' },
  { name: 'rate-limiter-flexible, cluster', side: 'peer', caller: 'peer' },
];

const COLUMNS: FigureGroup['columns'] = [
  { key: 'perMs', heading: 'ops/ms', decimals: 1 },
  { key: 'us', heading: 'us/op', decimals: 2 },
  { key: 'workerUs', heading: 'worker CPU us/op', decimals: 2 },
  { key: 'supervisorUs', heading: 'supervisor CPU us/op', decimals: 2 },
];

/** 150,000 operations a second. */
const MOST_US = 1_000 / 150;

const contestant =
  (inFlight: number) =>
  ({ name, side, caller }: Rival): FigureContestant => ({
    name,
    side,
    measure: (effort) => measureInWorker(caller, inFlight, effort),
  });

const group = (inFlight: number, goals: FigureGroup['goals']): FigureGroup => ({
  kind: 'figures',
  id: `in-flight-${inFlight}`,
  title: `What a supervisor keeps, asked by one worker, ${figure(inFlight)} in flight`,
  columns: COLUMNS,
  contestants: RIVALS.map(contestant(inFlight)),
  goals,
});

const fastEnough = figureGoal(TAKE, 'us', {
  what: `${TAKE}: time`,
  unit: 'us/op',
  atMost: MOST_US,
});

/** One decision of the store that workers of a supervisor share. */
export const ipcStoreSuite: Suite = {
  name: 'ipc-store',
  packages: ['@holdfast/cluster', '@holdfast/core', 'rate-limiter-flexible'],
  groups: [group(1, []), group(64, [fastEnough]), group(512, [fastEnough])],
};
