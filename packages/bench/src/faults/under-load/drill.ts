import { setTimeout as sleep } from 'node:timers/promises';
import { App } from '../app/app.ts';
import type { Report, ServiceName } from '../app/services.ts';
import type { Effort } from '../../harness/suite.ts';
import type { Site } from '../fault.ts';
import { OpenLoop } from '../load/open-loop.ts';
import type { Sample } from '../load/samples.ts';
import { Visitors } from '../load/visitors.ts';

/** Requests a second to each service. */
export const PER_SECOND = 250;
/** The first requests find cold code, and are not counted. */
const WARM_UP_MS = { full: 2_000, quick: 800 };
const HEALTHY_MS = { full: 3_000, quick: 1_200 };

/** Something that is done to a store while services use it. */
export interface Outage {
  /** Where the services are to connect. */
  readonly port: number;
  readonly ms: number;
  /** What comes after it, for the services to find back. */
  readonly recoveryMs: number;
  readonly begin: () => unknown;
  readonly end: () => unknown;
}

/** What one service went through. */
export interface Course {
  readonly name: ServiceName;
  readonly samples: readonly Sample[];
  readonly healthyFrom: number;
  readonly beganAt: number;
  readonly endedAt: number;
  readonly report: Report;
  /** What its heap grew by from before the outage to its end. */
  readonly heapGrowth: number;
  readonly visitors: number;
  /** Of those, how many were not logged in any more after it. */
  readonly loggedOut: number;
}

interface Running {
  readonly app: App;
  readonly visitors: Visitors;
  readonly load: OpenLoop;
}

const begin = (app: App, visitors: Visitors): Running => ({
  app,
  visitors,
  load: new OpenLoop({ port: app.port, perSecond: PER_SECOND, next: visitors.next }),
});

const heapsOf = (running: readonly Running[]): Promise<number[]> =>
  Promise.all(running.map(({ app }) => app.heap()));

const course = async (
  { app, visitors, load }: Running,
  times: Pick<Course, 'healthyFrom' | 'beganAt' | 'endedAt' | 'heapGrowth'>,
): Promise<Course> => {
  const samples = await load.stop();
  const loggedOut = await visitors.loggedOut(app.port);
  const report = await app.report();
  return { ...times, name: app.name, samples, report, visitors: visitors.count, loggedOut };
};

const observe = async (
  outage: Outage,
  running: readonly Running[],
  effort: Effort,
): Promise<readonly Course[]> => {
  await sleep(WARM_UP_MS[effort]);
  const heapsBefore = await heapsOf(running);
  const healthyFrom = performance.now();
  await sleep(HEALTHY_MS[effort]);
  const beganAt = performance.now();
  await outage.begin();
  await sleep(outage.ms);
  const heaps = await heapsOf(running);
  const endedAt = performance.now();
  await outage.end();
  await sleep(outage.recoveryMs);
  return Promise.all(
    running.map((each, at) => {
      const heapGrowth = (heaps[at] ?? Number.NaN) - (heapsBefore[at] ?? Number.NaN);
      return course(each, { healthyFrom, beganAt, endedAt, heapGrowth });
    }),
  );
};

const play = async (
  outage: Outage,
  apps: readonly App[],
  effort: Effort,
): Promise<readonly Course[]> => {
  const visitors = await Promise.all(apps.map(({ port }) => Visitors.logIn(port)));
  const running = apps.flatMap((app, at) => {
    const own = visitors[at];
    return own === undefined ? [] : [begin(app, own)];
  });
  try {
    return await observe(outage, running, effort);
  } finally {
    for (const { load } of running) load.end();
  }
};

/** All of them, or none. */
const startAll = async (starts: readonly Promise<App>[]): Promise<readonly App[]> => {
  try {
    return await Promise.all(starts);
  } catch (error) {
    for (const start of await Promise.allSettled(starts))
      if (start.status === 'fulfilled') await start.value.end();
    throw error;
  }
};

/** Lets the services live through an outage, each under a load of its own, all at the same time. */
export const drill = async (
  outage: Outage,
  names: readonly ServiceName[],
  { quick, keeping }: Site,
): Promise<readonly Course[]> => {
  const apps = await startAll(names.map((name) => App.start(name, outage.port, keeping)));
  try {
    return await play(outage, apps, quick ? 'quick' : 'full');
  } finally {
    for (const app of apps) await app.end();
  }
};
