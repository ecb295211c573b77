import { setTimeout as sleep } from 'node:timers/promises';
import { always, never, type Finding } from '../../faults/finding.ts';
import { figure } from '../../harness/table.ts';
import type { Build } from '../app/deployment.ts';
import type { Contestant, HoldfastOptions, Reloaded } from '../fleet/fleet.ts';
import { HOLDFAST, holdfast } from '../fleet/holdfast.ts';
import { nodeCluster } from '../fleet/node-cluster.ts';
import { withFleet } from '../fleet/with-fleet.ts';
import type { Ledger } from '../load/ledger.ts';
import { CROWD, underLoad } from '../load/under-load.ts';
import type { Scenario, Shown, Site, Table } from '../scenario.ts';
import { promisesOf, rowsOf, showEach, type Showing } from '../show.ts';

/** Long enough for a worker that crashes a moment after it was ready. */
const AFTER_MS = 1_000;

const options: HoldfastOptions = { ready: { timeoutMs: 2_000, soakMs: 1_000 } };

/** A build, and what has to be in the reason for which it is refused. */
interface Bad {
  readonly build: Build;
  readonly names: RegExp;
}

const builds: readonly Bad[] = [
  { build: 'never-ready', names: /not ready within/ },
  { build: 'crashes-at-start', names: /no such table/ },
  { build: 'crashes-after-ready', names: /out of range/ },
];

interface Attempt {
  readonly ledger: Ledger;
  readonly reloaded: Reloaded;
  readonly tookMs: number;
  /** Workers from before that have requests after it. */
  readonly kept: number;
  readonly before: number;
  /** Whether a sound build was taken after that; undefined where the bad one was not refused. */
  readonly recovers: boolean | undefined;
}

const attempt = (site: Site, contestant: Contestant, build: Build): Promise<Attempt> =>
  withFleet({ ...site, contestant, options }, async ({ fleet, deployment }) => {
    const before = await fleet.workers();
    deployment.deploy(build);
    const { ledger, outcome } = await underLoad(fleet, CROWD, async () => {
      const begin = performance.now();
      const reloaded = await fleet.reload();
      const tookMs = performance.now() - begin;
      await sleep(AFTER_MS);
      return { reloaded, tookMs };
    });
    const after = new Set(await fleet.workers());
    deployment.deploy('good');
    const recovers = outcome.reloaded.ok ? undefined : (await fleet.reload()).ok;
    const kept = before.filter((pid) => after.has(pid)).length;
    return { ledger, ...outcome, kept, before: before.length, recovers };
  });

/** The cause stands at the end. */
const LONGEST = 60;

const cells = ({ ledger, reloaded, tookMs, kept, before }: Attempt): readonly string[] => [
  figure(ledger.requests),
  figure(ledger.failures.length),
  `${kept} of ${before}`,
  figure(tookMs),
  reloaded.ok ? 'done' : `…${reloaded.detail.replace(/\s+/g, ' ').slice(-LONGEST)}`,
];

const promisesFor =
  ({ build, names }: Bad) =>
  ({ ledger, reloaded, kept, before, recovers }: Attempt): readonly Finding[] => [
    always(`${build}: the reload is refused`, reloaded.ok ? 0 : 1, 1),
    always(`${build}: the reason names the cause`, names.test(reloaded.detail) ? 1 : 0, 1),
    always(`${build}: old workers stay`, kept, before),
    never(`${build}: requests failed`, ledger.failures.length, ledger.requests),
    always(`${build}: a sound build is taken after that`, recovers === true ? 1 : 0, 1),
  ];

const tableOf = ({ build }: Bad, showings: readonly Showing<Attempt>[]): Table => ({
  headings: [build, 'requests', 'failed', 'old workers', 'took ms', 'what it says'],
  rows: rowsOf(showings, cells),
});

const shownOf = async (site: Site, bad: Bad): Promise<Shown> => {
  const contestants = [
    holdfast,
    nodeCluster('node:cluster: fork, then SIGTERM'),
    ...site.peers.pm2,
  ];
  const showings = await showEach(contestants, (contestant) =>
    attempt(site, contestant, bad.build),
  );
  return {
    tables: [tableOf(bad, showings)],
    findings: promisesOf(showings, HOLDFAST, promisesFor(bad)),
  };
};

export const badBuild: Scenario = {
  id: 'bad-build',
  title: 'reload of a build that is no good, under load',
  run: async (site) => {
    const all: Shown[] = [];
    for (const bad of builds) all.push(await shownOf(site, bad));
    return {
      tables: all.flatMap(({ tables }) => tables),
      findings: all.flatMap(({ findings }) => findings),
    };
  },
};
