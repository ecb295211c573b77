import { setTimeout as sleep } from 'node:timers/promises';
import { atMost, never, type Finding } from '../../faults/finding.ts';
import { figure } from '../../harness/table.ts';
import { sum } from '../report/figures.ts';
import type { Contestant } from '../fleet/fleet.ts';
import { HOLDFAST, holdfast, holdfastWith } from '../fleet/holdfast.ts';
import { nodeCluster } from '../fleet/node-cluster.ts';
import { signal } from '../fleet/processes.ts';
import { withFleet } from '../fleet/with-fleet.ts';
import { CROWD, underLoad } from '../load/under-load.ts';
import { whoseFailures, type Whose } from '../load/whose.ts';
import type { Scenario, Site } from '../scenario.ts';
import { promisesOf, rowsOf, showEach } from '../show.ts';

const TRIALS = 5;
/** Their clients wait for five seconds each time. */
const OTHERS_TRIALS = 2;
const QUICK_TRIALS = 1;
const AFTER_MS = 1_200;
const HANGS_MS = 1_000;

const STANDBY = 'Holdfast, standby';

interface Killing extends Whose {
  readonly requests: number;
  readonly stranded: number;
  readonly longestMs: number;
}

const trial = (site: Site, contestant: Contestant): Promise<Killing> =>
  withFleet({ ...site, contestant }, async ({ fleet }) => {
    const { ledger, outcome } = await underLoad(fleet, CROWD, async () => {
      const [victim] = await fleet.workers();
      if (victim === undefined) throw new Error('no worker');
      const killedAt = performance.now();
      signal(victim, 'SIGKILL');
      await sleep(AFTER_MS);
      return { victim, killedAt };
    });
    return {
      ...whoseFailures(ledger.failures, String(outcome.victim), outcome.killedAt),
      requests: ledger.requests,
      stranded: ledger.count('stranded'),
      longestMs: ledger.longestMs,
    };
  });

const addedUp = (all: readonly Killing[]): Killing => {
  const total = (of: (each: Killing) => number): number => sum(all.map(of));
  return {
    requests: total(({ requests }) => requests),
    own: total(({ own }) => own),
    unknown: total(({ unknown }) => unknown),
    others: total(({ others }) => others),
    stranded: total(({ stranded }) => stranded),
    longestMs: Math.max(...all.map(({ longestMs }) => longestMs)),
  };
};

const trials = async (site: Site, contestant: Contestant): Promise<Killing> => {
  const times = contestant.side === 'holdfast' ? TRIALS : OTHERS_TRIALS;
  const all: Killing[] = [];
  while (all.length < (site.quick ? QUICK_TRIALS : times)) all.push(await trial(site, contestant));
  return addedUp(all);
};

const cells = (killing: Killing): readonly string[] => [
  figure(killing.requests),
  figure(killing.own),
  figure(killing.unknown),
  figure(killing.others),
  figure(killing.stranded),
  figure(killing.longestMs),
];

const promises = ({ requests, others, longestMs }: Killing): readonly Finding[] => [
  never('requests failed that were not under way on the worker', others, requests),
  atMost('the longest that a client waited', longestMs, HANGS_MS, 'ms'),
];

export const kill: Scenario = {
  id: 'kill',
  title: 'kill -9 of one of 2 workers under load',
  run: async (site) => {
    const contestants = [
      holdfast,
      holdfastWith(STANDBY, { standby: 1 }),
      nodeCluster('node:cluster, fork on exit'),
      ...site.peers.pm2,
    ];
    const showings = await showEach(contestants, (contestant) => trials(site, contestant));
    const headings = [
      'failed',
      'of requests',
      'on that worker',
      'worker unknown',
      'others',
      'stranded',
      'longest wait ms',
    ];
    return {
      tables: [{ headings, rows: rowsOf(showings, cells) }],
      findings: [HOLDFAST, STANDBY].flatMap((name) => promisesOf(showings, name, promises)),
    };
  },
};
