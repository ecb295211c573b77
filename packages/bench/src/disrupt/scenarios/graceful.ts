import { atMost, never, type Finding } from '../../faults/finding.ts';
import { figure } from '../../harness/table.ts';
import { msText, sum } from '../report/figures.ts';
import type { Contestant } from '../fleet/fleet.ts';
import { HOLDFAST, holdfast } from '../fleet/holdfast.ts';
import { nodeCluster } from '../fleet/node-cluster.ts';
import { goneAt, signal } from '../fleet/processes.ts';
import { withFleet } from '../fleet/with-fleet.ts';
import type { Crowd } from '../load/clients.ts';
import { underLoad } from '../load/under-load.ts';
import type { Scenario, Site } from '../scenario.ts';
import { promisesOf, rowsOf, showEach, type Showing } from '../show.ts';

const TRIALS = 5;
/** Their clients wait for five seconds each time. */
const OTHERS_TRIALS = 2;
const QUICK_TRIALS = 1;
const LEAVES_MS = 4_000;
/** Default of Holdfast: how long idle connections stay open. */
const LINGER_MS = 1_500;
const MARGIN_MS = 500;

const BUSY: Crowd = { kept: 24, sparse: 0, idle: 0, fresh: 8 };
const WITH_IDLE: Crowd = { kept: 12, sparse: 0, idle: 12, fresh: 8 };

/** What became of one worker that got SIGTERM. Infinite: it was there after four seconds. */
interface Leaving {
  readonly requests: number;
  readonly failed: number;
  readonly fromSignalMs: number;
  readonly fromLastAnswerMs: number;
}

const trial = (site: Site, contestant: Contestant, crowd: Crowd): Promise<Leaving> =>
  withFleet({ ...site, contestant }, async ({ fleet }) => {
    const { ledger, outcome } = await underLoad(fleet, crowd, async () => {
      const [victim] = await fleet.workers();
      if (victim === undefined) throw new Error('no worker');
      const signalledAt = performance.now();
      signal(victim, 'SIGTERM');
      const at = (await goneAt(victim, LEAVES_MS)) ?? Number.POSITIVE_INFINITY;
      return { victim, signalledAt, at };
    });
    const { victim, signalledAt, at } = outcome;
    const lastAt = ledger.lastAnswerAt.get(String(victim)) ?? signalledAt;
    return {
      requests: ledger.requests,
      failed: ledger.failures.length,
      fromSignalMs: at - signalledAt,
      fromLastAnswerMs: at - Math.max(signalledAt, lastAt),
    };
  });

const trials = async (
  site: Site,
  contestant: Contestant,
  crowd: Crowd,
): Promise<readonly Leaving[]> => {
  const times = contestant === holdfast ? TRIALS : OTHERS_TRIALS;
  const all: Leaving[] = [];
  while (all.length < (site.quick ? QUICK_TRIALS : times))
    all.push(await trial(site, contestant, crowd));
  return all;
};

const most = (numbers: readonly number[]): number => Math.max(...numbers);

const cells = (all: readonly Leaving[]): readonly string[] => [
  figure(all.length),
  figure(sum(all.map(({ requests }) => requests))),
  figure(sum(all.map(({ failed }) => failed))),
  msText(most(all.map(({ fromSignalMs }) => fromSignalMs)), 'stays'),
  msText(most(all.map(({ fromLastAnswerMs }) => fromLastAnswerMs)), 'stays'),
];

const nothingFailed = (what: string, all: readonly Leaving[]): Finding =>
  never(
    `requests failed, ${what}`,
    sum(all.map(({ failed }) => failed)),
    sum(all.map(({ requests }) => requests)),
  );

const busyPromises = (all: readonly Leaving[]): readonly Finding[] => [
  nothingFailed('connections in use', all),
  atMost(
    'leaves after its last answer',
    most(all.map(({ fromLastAnswerMs }) => fromLastAnswerMs)),
    MARGIN_MS,
    'ms',
  ),
];

const idlePromises = (all: readonly Leaving[]): readonly Finding[] => [
  nothingFailed('and idle ones', all),
  atMost(
    'leaves after the signal where connections are idle',
    most(all.map(({ fromSignalMs }) => fromSignalMs)),
    LINGER_MS + MARGIN_MS,
    'ms',
  ),
];

export const graceful: Scenario = {
  id: 'graceful',
  title: 'SIGTERM for one of 2 workers under load',
  run: async (site) => {
    const contestants = [
      holdfast,
      nodeCluster('node:cluster: no handler'),
      nodeCluster('node:cluster: server.close()', { recipe: 'fork, then server.close()' }),
    ];
    const show = (crowd: Crowd): Promise<readonly Showing<readonly Leaving[]>[]> =>
      showEach(contestants, (contestant) => trials(site, contestant, crowd));
    const busy = await show(BUSY);
    const idle = await show(WITH_IDLE);
    const headingsOf = (what: string): readonly string[] => [
      what,
      'trials',
      'requests',
      'failed',
      'leaves ms (most)',
      'after last answer',
    ];
    return {
      tables: [
        { headings: headingsOf('all connections in use'), rows: rowsOf(busy, cells) },
        { headings: headingsOf('some connections idle'), rows: rowsOf(idle, cells) },
      ],
      findings: [
        ...promisesOf(busy, HOLDFAST, busyPromises),
        ...promisesOf(idle, HOLDFAST, idlePromises),
      ],
    };
  },
};
