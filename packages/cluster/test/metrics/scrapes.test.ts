import { describe, expect, test } from 'vitest';
import type { ClusterMetrics, MetricFamily, SupervisorEvent } from '../../src/index.ts';
import { memberOf, ScrapedCluster, statusOf } from './support/scraped-cluster.ts';

const jobs = (value: number): MetricFamily[] => [
  { name: 'jobs_total', help: 'Jobs', type: 'counter', values: [{ labels: {}, value }] },
  { name: 'queue', help: 'Queue', type: 'gauge', values: [{ labels: {}, value }] },
];

const never = (): Promise<unknown> => new Promise(() => undefined);

/** Values of a family, by its labels as JSON. */
const valuesOf = ({ families }: ClusterMetrics, name: string): Record<string, number> => {
  const values = families.find((each) => each.name === name)?.values ?? [];
  return Object.fromEntries(
    values.map(({ labels, value }) => [Object.values(labels).slice(-1).join(), value]),
  );
};
const totalOf = (metrics: ClusterMetrics): number | undefined =>
  metrics.families.find(({ name }) => name === 'jobs_total')?.values[0]?.value;

const twoWorkers = (): ScrapedCluster => {
  const cluster = new ScrapedCluster();
  for (const id of [1, 2]) {
    cluster.processes.set(id, { id, slot: id - 1, answer: () => Promise.resolve(jobs(id * 10)) });
  }
  return cluster;
};

describe('a worker that does not answer', () => {
  test('costs a second, its gauges, and nothing of the totals', async () => {
    const cluster = twoWorkers();
    expect((await cluster.scrape()).missing).toEqual([]);
    cluster.processes.set(2, { id: 2, slot: 1, answer: never });
    const scrape = await cluster.scrape();
    expect(scrape.missing).toEqual([1]);
    expect(totalOf(scrape)).toBe(30);
    expect(scrape.families.find(({ name }) => name === 'queue')?.values).toMatchObject([
      { value: 10 },
    ]);
    expect(valuesOf(scrape, 'holdfast_worker_scrape_missing')).toEqual({ 0: 0, 1: 1 });
  });

  test('is not waited for once all others have and it is gone', async () => {
    const cluster = twoWorkers();
    cluster.processes.set(2, { id: 2, slot: 1, answer: () => Promise.reject(new Error('gone')) });
    const workers = [...cluster.processes.values()];
    const scrape = await cluster.store.collect({
      ask: async (id) => cluster.processes.get(id)?.answer(),
      workers,
      status: statusOf(workers.map(memberOf)),
    });
    expect(scrape.missing).toEqual([1]);
    expect(cluster.clock.pendingTimers).toBe(0);
  });

  test('does not count as silent where it has died meanwhile', async () => {
    const cluster = twoWorkers();
    let die = (_error: Error): void => undefined;
    const answer = new Promise<unknown>((_resolve, reject) => void (die = reject));
    cluster.processes.set(2, { id: 2, slot: 1, answer: () => answer });
    const scrape = cluster.scrape();
    cluster.store.exited(2);
    die(new Error('gone'));
    expect((await scrape).missing).toEqual([]);
    expect(valuesOf(await scrape, 'holdfast_worker_scrape_missing')).toEqual({ 0: 0 });
  });

  test('fails the scrape neither when asking throws at once', async () => {
    const { store } = new ScrapedCluster();
    const ask = (): never => {
      throw new Error('not connected');
    };
    const scrape = await store.collect({
      ask,
      workers: [{ id: 1, slot: 4 }],
      status: statusOf([]),
    });
    expect(scrape.missing).toEqual([4]);
  });

  test('counts with what it said late the next time', async () => {
    const cluster = twoWorkers();
    let answerLate = (_families: unknown): void => undefined;
    const late = new Promise((resolve) => void (answerLate = resolve));
    cluster.processes.set(2, { id: 2, slot: 1, answer: () => late });
    expect(totalOf(await cluster.scrape())).toBe(10);
    answerLate(jobs(25));
    cluster.processes.set(2, { id: 2, slot: 1, answer: never });
    expect(totalOf(await cluster.scrape())).toBe(35);
  });

  test('counts only once where a late answer was overtaken by a newer one', async () => {
    const cluster = twoWorkers();
    let answerLate = (_families: unknown): void => undefined;
    const late = new Promise((resolve) => void (answerLate = resolve));
    cluster.processes.set(2, { id: 2, slot: 1, answer: () => late });
    await cluster.scrape();
    cluster.processes.set(2, { id: 2, slot: 1, answer: () => Promise.resolve(jobs(26)) });
    expect(totalOf(await cluster.scrape())).toBe(36);
    answerLate(jobs(25));
    expect(totalOf(await cluster.scrape())).toBe(36);
  });

  test('counts no more once it is gone, however late it answers', async () => {
    const cluster = twoWorkers();
    await cluster.scrape();
    let answerLate = (_families: unknown): void => undefined;
    const late = new Promise((resolve) => void (answerLate = resolve));
    cluster.processes.set(2, { id: 2, slot: 1, answer: () => late });
    await cluster.scrape();
    cluster.processes.delete(2);
    for (const _ of [1, 2]) cluster.store.exited(2);
    answerLate(jobs(40));
    expect(totalOf(await cluster.scrape())).toBe(30);
  });
});

test('half of a histogram is not taken for one that began again', async () => {
  const cluster = new ScrapedCluster();
  const took = (times: number, ...bounds: readonly number[]): MetricFamily[] => [
    {
      name: 'took',
      help: '',
      type: 'histogram',
      values: [
        ...bounds.map((le) => ({ labels: { le }, value: times * le, metricName: 'took_bucket' })),
        { labels: { le: '+Inf' }, value: times * 5, metricName: 'took_bucket' },
        { labels: {}, value: times * 5, metricName: 'took_count' },
      ],
    },
  ];
  const answers = [took(1, 1, 2, 3), took(1, 1, 2), took(1, 1, 2, 3), took(2, 1, 2)];
  const scrapes: unknown[] = [];
  for (const answer of answers) {
    cluster.processes.set(1, { id: 1, slot: 0, answer: () => Promise.resolve(answer) });
    const { families } = await cluster.scrape();
    const values = families.find(({ name }) => name === 'took')?.values;
    scrapes.push(values?.map(({ value }) => value));
  }
  const whole = [1, 2, 3, 5, 5];
  // What is missing has no less than the bucket below it.
  expect(scrapes).toEqual([whole, whole, whole, [2, 4, 4, 10, 10]]);
});

describe('the cluster’s own metrics', () => {
  test('are there before anything has happened, with the name of the cluster', async () => {
    const scrape = await new ScrapedCluster().scrape();
    expect(valuesOf(scrape, 'holdfast_cluster_restarts_total')).toEqual({
      crash: 0,
      leaving: 0,
      blocked: 0,
      recycle: 0,
      reload: 0,
      'never-ready': 0,
    });
    expect(valuesOf(scrape, 'holdfast_cluster_reloads_total')).toEqual({
      completed: 0,
      aborted: 0,
    });
    for (const { values } of scrape.families) {
      for (const { labels } of values) expect(labels['cluster']).toBe('shop');
    }
  });

  test('count what has happened', async () => {
    const cluster = new ScrapedCluster();
    const worker = { slot: 0, id: 1, pid: 2, generation: 1 };
    const exit = {
      ...worker,
      exitCode: 1,
      signal: null,
      detail: '',
      state: 'ready',
      report: undefined,
      vitals: null,
    } as const;
    const reload = { generation: 2, reason: 'deploy' };
    const events: SupervisorEvent[] = [
      { type: 'restartScheduled', atMs: 0, slot: 0, cause: 'crash', failures: 1, delayMs: 0 },
      { type: 'restartScheduled', atMs: 0, slot: 1, cause: 'crash', failures: 1, delayMs: 0 },
      { type: 'reloadStarted', atMs: 0, ...reload },
      { type: 'reloadCompleted', atMs: 0, ...reload, tookMs: 5, replaced: 2 },
      { type: 'reloadAborted', atMs: 0, ...reload, replaced: 1, detail: 'crash' },
      { type: 'workerExited', atMs: 0, ...exit, clean: false },
      { type: 'workerExited', atMs: 0, ...exit, clean: true },
      { type: 'workerBlocked', atMs: 0, ...worker, blockedMs: 5_000, stack: undefined, detail: '' },
      { type: 'budgetExhausted', atMs: 0, slot: 0, retryAfterMs: 5 },
      { type: 'slotGivenUp', atMs: 0, slot: 0, detail: 'exit 78' },
    ];
    for (const event of events) cluster.store.count(event);
    const scrape = await cluster.scrape({ ...statusOf([]), state: 'degraded', rescued: 3 });
    expect(valuesOf(scrape, 'holdfast_cluster_restarts_total')).toMatchObject({
      crash: 2,
      reload: 3,
    });
    expect(valuesOf(scrape, 'holdfast_cluster_reloads_total')).toEqual({
      completed: 1,
      aborted: 1,
    });
    expect(valuesOf(scrape, 'holdfast_cluster_worker_exits_total')).toEqual({
      clean: 1,
      unclean: 1,
    });
    expect(valuesOf(scrape, 'holdfast_cluster_troubles_total')).toEqual({
      blocked: 1,
      'budget-exhausted': 1,
      'slot-given-up': 1,
    });
    expect(valuesOf(scrape, 'holdfast_cluster_rescued_connections_total')).toEqual({ shop: 3 });
    expect(valuesOf(scrape, 'holdfast_cluster_state')).toMatchObject({ degraded: 1, running: 0 });
  });

  test('have the requests of which a worker told last, also where nobody had asked before it died', async () => {
    const cluster = new ScrapedCluster();
    const vitals = { requests: 100, inFlight: 1, rssBytes: 1, eventLoopUtilization: 0 };
    const exit = { pid: 2, generation: 1, exitCode: null, signal: 'SIGKILL' } as const;
    const rest = { detail: '', clean: false, state: 'ready', report: undefined } as const;
    const exited = { type: 'workerExited', atMs: 0, slot: 0, ...exit, ...rest } as const;
    cluster.store.count({ ...exited, id: 1, vitals });
    cluster.store.count({ ...exited, id: 2, vitals: null });
    const next = { ...memberOf({ id: 3, slot: 0 }), vitals: { ...vitals, requests: 1 } };
    const one = await cluster.scrape(statusOf([next]));
    expect(
      one.families.find(({ name }) => name === 'holdfast_worker_requests_total'),
    ).toMatchObject({ values: [{ labels: { cluster: 'shop', slot: '0' }, value: 101 }] });
    cluster.store.count({ ...exited, id: 3, vitals: { ...vitals, requests: 5 } });
    const all = await cluster.scrape(statusOf([]));
    expect(valuesOf(all, 'holdfast_worker_requests_total')).toEqual({ 0: 105 });
    expect(valuesOf(all, 'holdfast_worker_requests_in_flight')).toEqual({});
  });

  test('have a slot’s requests go on with the next worker in it', async () => {
    const cluster = new ScrapedCluster();
    const member = (id: number, requests: number) => ({
      ...memberOf({ id, slot: 0 }),
      vitals: { requests, inFlight: id, rssBytes: 100 * id, eventLoopUtilization: 0.25 * id },
    });
    await cluster.scrape(statusOf([member(1, 500)]));
    const both = await cluster.scrape(statusOf([member(1, 510), member(2, 5)]));
    expect(valuesOf(both, 'holdfast_worker_requests_total')).toEqual({ 0: 515 });
    expect(valuesOf(both, 'holdfast_worker_resident_memory_bytes')).toEqual({ 0: 300 });
    expect(valuesOf(both, 'holdfast_worker_event_loop_utilization')).toEqual({ 0: 0.5 });
    cluster.store.exited(1);
    const after = await cluster.scrape(statusOf([member(2, 20), memberOf({ id: 3, slot: null })]));
    expect(valuesOf(after, 'holdfast_worker_requests_total')).toEqual({ 0: 530 });
    expect(valuesOf(after, 'holdfast_worker_resident_memory_bytes')).toEqual({ 0: 200 });
    expect(valuesOf(after, 'holdfast_worker_age_seconds')).toEqual({ 0: 0, standby: 0 });
  });
});

describe('a worker that is about to end', () => {
  test('is asked once more for what it has counted, where anybody has asked before', async () => {
    const cluster = twoWorkers();
    const worker = { id: 1, slot: 0 };
    const asked: number[] = [];
    const ask = (jobsDone: number) => async (id: number) => {
      asked.push(id);
      return jobs(jobsDone);
    };
    await cluster.store.lastLook(worker, ask(11));
    expect(asked).toEqual([]);
    await cluster.scrape();
    await cluster.store.lastLook(worker, ask(15));
    expect(asked).toEqual([1]);
    cluster.store.exited(1);
    cluster.processes.delete(1);
    expect(totalOf(await cluster.scrape())).toBe(35);
  });

  test('is not waited for for long', async () => {
    const cluster = twoWorkers();
    await cluster.scrape();
    const look = cluster.store.lastLook({ id: 1, slot: 0 }, never);
    await cluster.clock.advanceAsync(250);
    await look;
    expect(cluster.clock.pendingTimers).toBe(0);
  });
});
