import { setTimeout as sleep } from 'node:timers/promises';
import { always, atMost, type Finding } from '../../faults/finding.ts';
import { median, shuffled, spreadOf } from '../../harness/statistics.ts';
import { figure } from '../../harness/table.ts';
import type { Contestant, HoldfastOptions } from '../fleet/fleet.ts';
import { holdfast, holdfastWith, HOLDFAST } from '../fleet/holdfast.ts';
import { nodeCluster } from '../fleet/node-cluster.ts';
import { signal } from '../fleet/processes.ts';
import { startFleet, type Running } from '../fleet/with-fleet.ts';
import { askOnce } from '../load/ask-once.ts';
import { newcomerAt, whoAnswers } from '../load/probe.ts';
import type { Scenario, Site } from '../scenario.ts';

const ROUNDS = 15;
const QUICK_ROUNDS = 5;
/** Until all is as it was before. */
const SETTLES_MS = 500;
const ASK = 40;

const STANDBY_MS = 60;
const AT_MOST_OF_PLAIN = 1.2;
const PERCENT = 100;

const STANDBY = 'Holdfast, standby';
const PLAIN = 'node:cluster, fork on exit';

/** One worker is killed over and over: without these the restarts would wait longer and longer, as they should. */
const options: HoldfastOptions = {
  restart: { stableAfterMs: 1, budget: { restarts: 1_000, windowMs: 1_000 } },
};

/** Workers of Watt are threads, and only end by themselves. */
const isThread = ({ name }: Contestant): boolean => name === 'Watt';

const replacedMs = async (contestant: Contestant, { fleet }: Running): Promise<number> => {
  const workers = await fleet.workers();
  const thread = isThread(contestant);
  const known = thread ? await whoAnswers(fleet.port, ASK) : new Set(workers.map(String));
  const begin = performance.now();
  if (thread) await askOnce(fleet.port, '/exit');
  else signal(workers[0] ?? 0, 'SIGKILL');
  const at = await newcomerAt(fleet.port, known);
  await sleep(SETTLES_MS);
  return at - begin;
};

type Times = ReadonlyMap<string, number[]>;

const measure = async (
  entrants: readonly (readonly [Contestant, Running])[],
  rounds: number,
): Promise<Times> => {
  const times = new Map(entrants.map(([{ name }]) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++)
    for (const [contestant, running] of shuffled(entrants))
      times.get(contestant.name)?.push(await replacedMs(contestant, running));
  return times;
};

const contestantsOf = ({ peers }: Site): readonly Contestant[] => [
  nodeCluster(PLAIN),
  holdfast,
  holdfastWith(STANDBY, { standby: 1 }),
  ...peers.pm2,
  ...peers.watt,
];

/** All of them at the same time, so that each round is one moment for everybody. */
const timesOf = async (site: Site): Promise<Times> => {
  const entrants: (readonly [Contestant, Running])[] = [];
  try {
    for (const contestant of contestantsOf(site))
      entrants.push([contestant, await startFleet({ ...site, contestant, options })]);
    await sleep(SETTLES_MS);
    return await measure(entrants, site.quick ? QUICK_ROUNDS : ROUNDS);
  } finally {
    for (const [, { end }] of entrants) await end();
  }
};

const rowOf = (name: string, times: readonly number[], plain: number): readonly string[] => {
  const known = times.filter(Number.isFinite);
  if (known.length === 0) return [name, 'never'];
  const { median: middle, p10, p90 } = spreadOf(known);
  return [
    name,
    figure(middle),
    `${figure(p10)}..${figure(p90)}`,
    figure(middle / plain, 2),
    `${known.length} of ${times.length}`,
  ];
};

const findingsOf = (times: Times): readonly Finding[] => {
  const of = (name: string): number => median(times.get(name) ?? [Number.NaN]);
  const all = [HOLDFAST, STANDBY].flatMap((name) => times.get(name) ?? []);
  return [
    always('replaced', all.filter(Number.isFinite).length, all.length),
    atMost(`${STANDBY}: a replacement answers, median`, of(STANDBY), STANDBY_MS, 'ms'),
    atMost(
      `${HOLDFAST}: median, of that of plain node:cluster`,
      (PERCENT * of(HOLDFAST)) / of(PLAIN),
      PERCENT * AT_MOST_OF_PLAIN,
      '%',
    ),
  ];
};

export const replacement: Scenario = {
  id: 'replacement',
  title: 'kill -9 of one of 2 workers: from the kill to the first answer of another one',
  run: async (site) => {
    const times = await timesOf(site);
    const plain = median(times.get(PLAIN) ?? []);
    const rows = [...times].map(([name, measured]) => rowOf(name, measured, plain));
    const headings = ['', 'ms', 'p10..p90', 'of plain', 'rounds'];
    return { tables: [{ headings, rows }], findings: findingsOf(times) };
  },
};
