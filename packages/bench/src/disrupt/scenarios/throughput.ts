import { median, shuffled, spreadOf } from '../../harness/statistics.ts';
import { figure } from '../../harness/table.ts';
import { sum } from '../report/figures.ts';
import { bare } from '../fleet/bare.ts';
import type { Contestant } from '../fleet/fleet.ts';
import { holdfastWith } from '../fleet/holdfast.ts';
import { nodeCluster } from '../fleet/node-cluster.ts';
import { processorMs } from '../fleet/processes.ts';
import { startFleet, type Running } from '../fleet/with-fleet.ts';
import { FreshProcesses } from '../load/fresh-processes.ts';
import type { Scenario, Site } from '../scenario.ts';

const ROUND_MS = 700;
const WARM_UP_MS = 700;
const AT_A_TIME = 64;
const US_PER_MS = 1_000;

const BARE = 'one bare process';

interface Measured {
  readonly perSecond: number;
  /** Of all processes of the contestant; undefined where the system does not tell. */
  readonly cpuUs: number | undefined;
  readonly failed: number;
}

interface Entrant {
  readonly name: string;
  readonly running: Running;
  readonly pids: readonly number[];
  readonly rounds: Measured[];
}

const contestantsOf = ({ peers }: Site): readonly Contestant[] => [
  bare(BARE),
  bare('one bare process again'),
  nodeCluster('node:cluster, round-robin'),
  nodeCluster('node:cluster, SCHED_NONE', { scheduling: 'none' }),
  holdfastWith('Holdfast, round-robin'),
  holdfastWith('Holdfast, kernel', { distribution: 'kernel' }),
  holdfastWith('Holdfast, reuseport', { distribution: 'reuseport' }),
  ...peers.pm2,
  ...peers.watt,
];

const entrantOf = async (site: Site, contestant: Contestant): Promise<Entrant> => {
  const running = await startFleet({ ...site, contestant });
  const { fleet } = running;
  const primary = fleet.primary === undefined ? [] : [fleet.primary];
  const pids = [...primary, ...(await fleet.workers())];
  return { name: contestant.name, running, pids, rounds: [] };
};

const measure = async (load: FreshProcesses, { running, pids }: Entrant): Promise<Measured> => {
  const before = processorMs(pids);
  const { port } = running.fleet;
  const { answered, failed, ms } = await load.run({ port, ms: ROUND_MS, atATime: AT_A_TIME });
  const after = processorMs(pids);
  const known = before !== undefined && after !== undefined;
  return {
    perSecond: (answered / ms) * 1_000,
    cpuUs: known ? ((after - before) * US_PER_MS) / answered : undefined,
    failed,
  };
};

const runRounds = async (entrants: readonly Entrant[], rounds: number): Promise<void> => {
  const load = new FreshProcesses();
  try {
    for (const { running } of entrants)
      await load.run({ port: running.fleet.port, ms: WARM_UP_MS, atATime: AT_A_TIME });
    for (let round = 0; round < rounds; round++)
      for (const entrant of shuffled(entrants)) entrant.rounds.push(await measure(load, entrant));
  } finally {
    load.end();
  }
};

const rowOf = ({ name, rounds }: Entrant, bareRounds: readonly Measured[]): readonly string[] => {
  const ratios = rounds.map(
    ({ perSecond }, at) => perSecond / (bareRounds[at]?.perSecond ?? Number.NaN),
  );
  const ratio = spreadOf(ratios);
  const cpu = rounds.map(({ cpuUs }) => cpuUs).filter((us) => us !== undefined);
  return [
    name,
    figure(median(rounds.map(({ perSecond }) => perSecond))),
    figure(ratio.median, 2),
    `${figure(ratio.p10, 2)}..${figure(ratio.p90, 2)}`,
    cpu.length === 0 ? '-' : figure(median(cpu)),
    figure(sum(rounds.map(({ failed }) => failed))),
  ];
};

export const throughput: Scenario = {
  id: 'throughput',
  title: `one connection per request, ${AT_A_TIME} at a time: requests per second over those of one bare process in the same round`,
  run: async (site) => {
    const entrants: Entrant[] = [];
    try {
      for (const contestant of contestantsOf(site))
        entrants.push(await entrantOf(site, contestant));
      await runRounds(entrants, site.rounds);
    } finally {
      for (const { running } of entrants) await running.end();
    }
    const [first] = entrants;
    const rows = entrants.map((entrant) => rowOf(entrant, first?.rounds ?? []));
    const headings = ['', 'req/s', 'of bare', 'p10..p90', 'cpu us/req', 'failed'];
    return { tables: [{ headings, rows }], findings: [] };
  },
};
