import { setTimeout as sleep } from 'node:timers/promises';
import { always, never, type Finding } from '../../faults/finding.ts';
import { figure } from '../../harness/table.ts';
import { median } from '../../harness/statistics.ts';
import type { Contestant } from '../fleet/fleet.ts';
import { HOLDFAST, holdfast, holdfastWith } from '../fleet/holdfast.ts';
import { nodeCluster } from '../fleet/node-cluster.ts';
import { recipes } from '../fleet/recipes.ts';
import { withFleet } from '../fleet/with-fleet.ts';
import type { Ledger } from '../load/ledger.ts';
import { CROWD, underLoad } from '../load/under-load.ts';
import type { Scenario, Site } from '../scenario.ts';
import { promisesOf, rowsOf, showEach } from '../show.ts';

const RELOADS = 10;
const QUICK_RELOADS = 2;
const BETWEEN_MS = 100;

const KERNEL = 'Holdfast, kernel';
const REUSEPORT = 'Holdfast, reuseport';

interface Reloads {
  readonly ledger: Ledger;
  readonly completed: number;
  readonly reloads: number;
  readonly tookMs: readonly number[];
}

const reloadsOf = (site: Site, contestant: Contestant, reloads: number): Promise<Reloads> =>
  withFleet({ ...site, contestant }, async ({ fleet }) => {
    const tookMs: number[] = [];
    let completed = 0;
    const { ledger } = await underLoad(fleet, CROWD, async () => {
      while (tookMs.length < reloads) {
        const begin = performance.now();
        const { ok, detail } = await fleet.reload();
        tookMs.push(performance.now() - begin);
        if (ok) completed++;
        else console.error(`${contestant.name}: ${detail}`);
        await sleep(BETWEEN_MS);
      }
    });
    return { ledger, completed, reloads, tookMs };
  });

const cells = ({ ledger, completed, reloads, tookMs }: Reloads): readonly string[] => [
  `${completed} of ${reloads}`,
  figure(ledger.requests),
  figure(ledger.count('lost')),
  figure(ledger.count('refused')),
  figure(ledger.count('stranded')),
  `${figure(median(tookMs))} (${figure(Math.max(...tookMs))})`,
];

const promises = ({ ledger, completed, reloads }: Reloads): readonly Finding[] => [
  always('reloads completed', completed, reloads),
  never('requests lost', ledger.count('lost'), ledger.requests),
  never('connections refused', ledger.count('refused'), ledger.requests),
  never('requests stranded', ledger.count('stranded'), ledger.requests),
];

const peersOf = ({ peers }: Site): readonly Contestant[] => [
  ...recipes.map((recipe) => nodeCluster(`node:cluster: ${recipe}`, { recipe })),
  ...peers.pm2,
  ...peers.pm2Closing,
  ...peers.watt,
];

export const reload: Scenario = {
  id: 'reload',
  title: 'rolling reloads of 2 workers under load',
  run: async (site) => {
    const own = [
      holdfast,
      holdfastWith(KERNEL, { distribution: 'kernel' }),
      holdfastWith(REUSEPORT, { distribution: 'reuseport' }),
    ];
    const times = site.quick ? QUICK_RELOADS : RELOADS;
    const showings = await showEach([...own, ...peersOf(site)], (contestant) =>
      reloadsOf(site, contestant, contestant === holdfast ? times : QUICK_RELOADS),
    );
    const headings = ['', 'reloads', 'requests', 'lost', 'refused', 'stranded', 'ms each (most)'];
    return {
      tables: [{ headings, rows: rowsOf(showings, cells) }],
      findings: [HOLDFAST, KERNEL].flatMap((name) => promisesOf(showings, name, promises)),
    };
  },
};
