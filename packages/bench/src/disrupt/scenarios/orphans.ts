import { setTimeout as sleep } from 'node:timers/promises';
import { atMost, type Finding } from '../../faults/finding.ts';
import { msText } from '../report/figures.ts';
import type { Contestant, HoldfastOptions } from '../fleet/fleet.ts';
import { HOLDFAST, holdfast } from '../fleet/holdfast.ts';
import { nodeCluster } from '../fleet/node-cluster.ts';
import { goneAt, signal } from '../fleet/processes.ts';
import { withFleet } from '../fleet/with-fleet.ts';
import { pinned } from '../load/pinned.ts';
import type { Scenario, Site } from '../scenario.ts';
import { promisesOf, rowsOf, showEach } from '../show.ts';

const ORPHANS_END_MS = 5_000;
const DEADLINE_MS = 3_000;
/** For the looks of the watchdog, and the end of the process. */
const MARGIN_MS = 1_000;
const WAITS_MS = 9_000;
/** Longer than anybody waits. */
const LONG_MS = 60_000;

const options: HoldfastOptions = { shutdown: { deadlineMs: DEADLINE_MS } };

/** Milliseconds from the end of the primary, and for the one that drains from its signal; infinite for never. */
interface Orphans {
  readonly idleMs: number;
  readonly blockedMs: number;
  readonly drainingMs: number;
}

const since = async (pid: number, from: number): Promise<number> =>
  ((await goneAt(pid, WAITS_MS)) ?? Number.POSITIVE_INFINITY) - from;

const orphansOf = (site: Site, contestant: Contestant): Promise<Orphans> =>
  withFleet({ ...site, contestant, options, workers: 3 }, async ({ fleet }) => {
    // The watchdog begins a moment after its worker.
    await sleep(1_000);
    const draining = await pinned(fleet.port, new Set());
    const blocked = await pinned(fleet.port, new Set([draining.pid]));
    const workers = await fleet.workers();
    const idle = workers.find((pid) => pid !== draining.pid && pid !== blocked.pid) ?? 0;
    void draining.connection.ask(`/slow?ms=${LONG_MS}`, LONG_MS);
    void blocked.connection.ask(`/block?kind=busy&ms=${LONG_MS}`, LONG_MS);
    await sleep(100);
    const signalledAt = performance.now();
    signal(draining.pid, 'SIGTERM');
    await sleep(100);
    const killedAt = performance.now();
    signal(fleet.primary ?? 0, 'SIGKILL');
    const [idleMs, blockedMs, drainingMs] = await Promise.all([
      since(idle, killedAt),
      since(blocked.pid, killedAt),
      since(draining.pid, signalledAt),
    ]);
    return { idleMs, blockedMs, drainingMs };
  });

const cells = ({ idleMs, blockedMs, drainingMs }: Orphans): readonly string[] => [
  msText(idleMs, 'stays'),
  msText(blockedMs, 'stays'),
  msText(drainingMs, 'stays'),
];

const promises = ({ idleMs, blockedMs, drainingMs }: Orphans): readonly Finding[] => [
  atMost('an idle worker is gone', idleMs, ORPHANS_END_MS + MARGIN_MS, 'ms'),
  atMost('a blocked worker is gone', blockedMs, ORPHANS_END_MS + MARGIN_MS, 'ms'),
  atMost('a draining worker is gone', drainingMs, DEADLINE_MS + MARGIN_MS, 'ms'),
];

export const orphans: Scenario = {
  id: 'orphans',
  title: `kill -9 of the primary; one of 3 workers is idle, one blocked, one drains for ${DEADLINE_MS} ms at most`,
  run: async (site) => {
    const showings = await showEach(
      [holdfast, nodeCluster('node:cluster', { recipe: 'fork, then server.close()' })],
      (contestant) => orphansOf(site, contestant),
    );
    const headings = ['gone after ms', 'idle', 'blocked', 'draining'];
    return {
      tables: [{ headings, rows: rowsOf(showings, cells) }],
      findings: promisesOf(showings, HOLDFAST, promises),
    };
  },
};
