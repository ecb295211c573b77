import { setTimeout as sleep } from 'node:timers/promises';
import { always, atMost, type Finding } from '../../faults/finding.ts';
import { figure } from '../../harness/table.ts';
import { msText } from '../report/figures.ts';
import { WORKERS, type Contestant, type Fleet, type HoldfastOptions } from '../fleet/fleet.ts';
import { HOLDFAST, holdfast } from '../fleet/holdfast.ts';
import { nodeCluster } from '../fleet/node-cluster.ts';
import { signal } from '../fleet/processes.ts';
import { withFleet } from '../fleet/with-fleet.ts';
import { densest } from '../load/densest.ts';
import { whoAnswers } from '../load/probe.ts';
import type { Scenario, Site } from '../scenario.ts';
import { promisesOf, rowsOf, showEach } from '../show.ts';

const RESTARTS = 5;
const WINDOW_MS = 4_000;
const options: HoldfastOptions = {
  restart: {
    backoff: { baseMs: 20, maxMs: 100 },
    budget: { restarts: RESTARTS, windowMs: WINDOW_MS },
  },
};

/** From when a restart is granted to its fork, now more, now less. */
const JITTER_MS = 100;
const WATCHED_MS = 10_000;
const OTHERS_WATCHED_MS = 4_500;
const RECOVERS_MS = WINDOW_MS + 2_000;
const LOOK_EVERY_MS = 50;
const ASK = 10;

interface Loop {
  readonly starts: number;
  readonly watchedMs: number;
  readonly densest: number;
  readonly state: string;
  readonly recoversMs: number;
}

/** Until both answer: what whoever looks after them says of them is another thing. */
const recovers = async ({ port }: Fleet): Promise<number> => {
  const begin = performance.now();
  while (performance.now() < begin + RECOVERS_MS) {
    if ((await whoAnswers(port, ASK)).size === WORKERS) return performance.now() - begin;
    await sleep(LOOK_EVERY_MS);
  }
  return Number.POSITIVE_INFINITY;
};

const loopOf = (site: Site, contestant: Contestant): Promise<Loop> =>
  withFleet({ ...site, contestant, options }, async ({ fleet, deployment }) => {
    const watchedMs = contestant === holdfast ? WATCHED_MS : OTHERS_WATCHED_MS;
    const workers = await fleet.workers();
    deployment.deploy('crashes-at-start');
    deployment.forgetStarts();
    for (const pid of workers) signal(pid, 'SIGKILL');
    await sleep(watchedMs);
    const times = deployment.startTimes();
    const state = await fleet.state();
    deployment.deploy('good');
    const recoversMs = await recovers(fleet);
    const most = densest(times, WINDOW_MS - JITTER_MS);
    return { starts: times.length, watchedMs, densest: most, state, recoversMs };
  });

const cells = ({
  starts,
  watchedMs,
  densest: most,
  state,
  recoversMs,
}: Loop): readonly string[] => [
  figure(starts),
  figure(watchedMs),
  figure(most),
  state === '' ? '-' : state,
  msText(recoversMs, 'never'),
];

const promises = ({ densest: most, state, recoversMs }: Loop): readonly Finding[] => [
  atMost(`restarts in any ${figure(WINDOW_MS)} ms`, most, RESTARTS),
  always('it says so, as degraded', state === 'degraded' ? 1 : 0, 1),
  atMost('serves again once the build is sound', recoversMs, RECOVERS_MS, 'ms'),
];

export const crashLoop: Scenario = {
  id: 'crash-loop',
  title: `both workers are killed, and the build crashes at its start; Holdfast with ${RESTARTS} restarts in ${WINDOW_MS} ms`,
  run: async (site) => {
    const contestants = [holdfast, nodeCluster('node:cluster, fork on exit'), ...site.peers.pm2];
    const showings = await showEach(contestants, (contestant) => loopOf(site, contestant));
    const headings = ['', 'starts', 'in ms', 'most in a window', 'says', 'well again after ms'];
    return {
      tables: [{ headings, rows: rowsOf(showings, cells) }],
      findings: promisesOf(showings, HOLDFAST, promises),
    };
  },
};
