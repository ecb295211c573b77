import { setTimeout as sleep } from 'node:timers/promises';
import type { SharedRateLimitSnapshot } from '@holdfast/core/stateless';
import type { Fault } from '../fault.ts';
import { always, atMost, told, type Finding } from '../finding.ts';
import { Child } from '../processes/child.ts';
import { withRedis, type RedisServer } from '../processes/redis.ts';
import { limits } from './numbers.ts';

const PROCESSES = 4;
/** Of each process, on each limit: together far more than any allows. */
const PER_SECOND = 250;
/** Until each process has heard how many there are, which takes 5 s. */
const HEALTHY_MS = 6_000;
const LOST_MS = { full: 5_000, quick: 2_000 };

type Snapshots = readonly (readonly SharedRateLimitSnapshot[])[];

/** What each process counted, and how long after the first call. */
interface Count {
  readonly ms: number;
  readonly snapshots: Snapshots;
}

const countSince = async (begin: number, children: readonly Child[]): Promise<Count> => {
  const reports = await Promise.all(children.map((child) => child.ask({ ask: 'report' })));
  // Both ends of the channel are this bench.
  return { ms: performance.now() - begin, snapshots: reports as Snapshots };
};

const sumOf = (
  { snapshots }: Count,
  at: number,
  read: (snapshot: SharedRateLimitSnapshot) => number,
): number =>
  snapshots.reduce((all, each) => {
    const snapshot = each[at];
    return all + (snapshot === undefined ? Number.NaN : read(snapshot));
  }, 0);

const findingsOf = (healthy: Count, lost: Count): readonly Finding[] =>
  limits.flatMap(({ name, promised, transition }, at) => {
    const admitted = (count: Count): number => sumOf(count, at, (each) => each.admitted);
    const most = promised(lost.ms) + transition;
    const knowing = sumOf(lost, at, ({ instances }) => (instances === PROCESSES ? 1 : 0));
    return [
      told(
        `${name}: decided without the store while healthy`,
        sumOf(healthy, at, ({ sources }) => sources.local),
        '',
        sumOf(healthy, at, (each) => each.admitted + each.refused),
      ),
      atMost(
        `${name}: admitted while healthy`,
        admitted(healthy),
        Math.floor(promised(healthy.ms)),
      ),
      atMost(`${name}: and with the store lost, a burst more`, admitted(lost), Math.floor(most)),
      always(`${name}: processes that divide by ${PROCESSES}`, knowing, PROCESSES),
    ];
  });

const observe = async (
  redis: RedisServer,
  children: readonly Child[],
  lostMs: number,
): Promise<readonly Finding[]> => {
  const numbers = limits.map((limit) => limit.numbers);
  await Promise.all(children.map((child) => child.ask({ ask: 'prepare', numbers })));
  const begin = performance.now();
  await Promise.all(children.map((child) => child.ask({ ask: 'start', perSecond: PER_SECOND })));
  await sleep(HEALTHY_MS);
  const healthy = await countSince(begin, children);
  redis.freeze();
  await sleep(lostMs);
  return findingsOf(healthy, await countSince(begin, children));
};

/** Several processes on one key. */
export const sharedLimit: Fault = {
  id: 'limits',
  title: `${PROCESSES} processes on one key, ${PER_SECOND} calls a second each; then the store freezes`,
  run: ({ quick, keeping }) =>
    withRedis(keeping, async (redis) => {
      const module = new URL('limiting.ts', import.meta.url);
      const start = (): Child => Child.start(module, [String(redis.port)], keeping);
      const children = Array.from({ length: PROCESSES }, start);
      try {
        return await observe(redis, children, quick ? LOST_MS.quick : LOST_MS.full);
      } finally {
        for (const child of children) await child.kill();
      }
    }),
};
