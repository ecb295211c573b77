import { virtualClock } from '@holdfast/core/testing';
import fc from 'fast-check';
import prom from 'prom-client';
import { expect, onTestFinished, test, vi } from 'vitest';
import { MetricSources } from '../../src/worker/metric-sources.ts';
import { ScrapedCluster, sent } from './support/scraped-cluster.ts';

const WIDTHS = [[1, 4], [2], [1, 2, 8]] as const;

/** One registry of a process: a counter, a gauge and a histogram, which others have as well. */
class Source {
  isMute = false;
  readonly #registry = new prom.Registry();
  readonly #jobs: prom.Counter<'kind'>;
  readonly #level: prom.Gauge;
  readonly #size: prom.Histogram;

  constructor(nth: number) {
    const registers = [this.#registry];
    const buckets = [...(WIDTHS[nth % WIDTHS.length] ?? [])];
    this.#jobs = new prom.Counter({ name: 'jobs', help: 'x', labelNames: ['kind'], registers });
    this.#level = new prom.Gauge({ name: 'level', help: 'x', aggregator: 'max', registers });
    this.#size = new prom.Histogram({ name: 'size', help: 'x', buckets, registers });
  }

  put(kind: string, value: number): void {
    this.#jobs.inc({ kind }, value);
    this.#level.set(value);
    this.#size.observe(value);
  }

  async families(): Promise<object[]> {
    if (this.isMute) throw new Error('mute');
    return await this.#registry.getMetricsAsJSON();
  }
}

type Samples = ReadonlyMap<string, number>;

const samplesOf = async (cluster: ScrapedCluster): Promise<Samples> => {
  const samples = [...(await cluster.read())];
  return new Map(samples.filter(([name]) => !name.startsWith('holdfast_')));
};

const ignore = (): void => undefined;

/** One worker that has all of the sources. */
const together = (sources: readonly Source[]): ScrapedCluster => {
  const cluster = new ScrapedCluster();
  const collected = new MetricSources(cluster.clock, ignore);
  for (const source of sources) collected.add(() => source.families());
  const answer = async (): Promise<unknown> => sent(await collected.collect());
  cluster.processes.set(1, { id: 1, slot: 0, answer });
  return cluster;
};

/** A worker for each of them. */
const apart = (sources: readonly Source[]): ScrapedCluster => {
  const cluster = new ScrapedCluster();
  for (const [slot, source] of sources.entries())
    cluster.processes.set(slot + 1, { id: slot + 1, slot, answer: () => source.families() });
  return cluster;
};

const step = fc.record({
  source: fc.nat({ max: 2 }),
  kind: fc.constantFrom('a', 'b'),
  value: fc.integer({ min: 0, max: 9 }),
  mutes: fc.boolean(),
  scrapes: fc.boolean(),
});

test('sources of one worker are joined as workers are, also where some do not tell', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
      const sources = [new Source(0), new Source(1), new Source(2)];
      const clusters = [together(sources), apart(sources)];
      for (const { source, kind, value, mutes, scrapes } of steps) {
        sources[source]?.put(kind, value);
        for (const each of sources) each.isMute = mutes && each === sources[source];
        if (!scrapes) continue;
        const [one, other] = await Promise.all(clusters.map(samplesOf));
        expect(one).toEqual(other);
      }
    }),
    { numRuns: 60 },
  );
});

const family = (name: string, type: string, ...values: object[]): object => ({
  name,
  help: 'x',
  type,
  values,
});
const at = (value: unknown, labels: object = {}): object => ({ labels, value });

/** The samples that one worker's answer becomes. */
const samplesIn = async (...families: object[]): Promise<Samples> => {
  const cluster = new ScrapedCluster();
  const answer = (): Promise<unknown> => Promise.resolve(sent(families));
  cluster.processes.set(1, { id: 1, slot: 0, answer });
  return await samplesOf(cluster);
};

test('what a source gives twice is added up, or joined as the gauge says', async () => {
  const part = (value: number, suffix: string, labels = {}): object => ({
    ...at(value, labels),
    metricName: `took_${suffix}`,
  });
  const took = (bound: string, count: number): object =>
    family(
      'took',
      'histogram',
      part(count - 1, 'bucket', { le: bound }),
      part(count, 'bucket', { le: '+Inf' }),
      part(count, 'count'),
    );
  const samples = await samplesIn(
    family('calls', 'counter', at(20, { a: 1 }), at(1)),
    { ...family('lowest', 'gauge', at(5)), aggregator: 'min' },
    took('2', 4),
    { ...family('lowest', 'gauge', at(3), at(4)), aggregator: 'min' },
    family('calls', 'counter', at(20, { a: '1' }), at(2), at(3)),
    took('1', 3),
  );
  expect(Object.fromEntries(samples)).toEqual({
    'calls{a=1}': 40,
    'calls{}': 6,
    'lowest{}': 3,
    'took_bucket{le=1}': 2,
    'took_bucket{le=2}': 5,
    'took_bucket{le=+Inf}': 7,
    'took_count{}': 7,
  });
});

test('a source takes the number of one that is gone, so that there are not more and more', async () => {
  const sources = new MetricSources(virtualClock(), ignore);
  const add = (name: string): Disposable => sources.add(() => [family(name, 'counter')]);
  add('a');
  const second = add('b');
  add('c');
  second[Symbol.dispose]();
  add('d');
  expect(await sources.collect()).toMatchObject([
    { name: 'a', source: 0 },
    { name: 'c', source: 2 },
    { name: 'd', source: 1 },
  ]);
});

test('a warning says of each metric that is left out why, once, and of 20 at the most', async () => {
  const warnings = vi.spyOn(process, 'emitWarning').mockReturnValue();
  onTestFinished(() => warnings.mockRestore());
  const cluster = new ScrapedCluster();
  const many = Array.from({ length: 30 }, (_, i) => family(`m-${i}`, 'counter', at(1)));
  const some = [
    family('shop-orders', 'counter', at(1)),
    family('untyped', 'untyped', at(1)),
    family('falls', 'counter', at(1), at(-1)),
    family('unknown', 'counter', at(Number.NaN)),
    family('idle', 'gauge', at(Number.NaN)),
    family('labelled', 'gauge', at(1, { 'a-b': 1 }), at(2, { c: null })),
    family('same', 'counter', at(1)),
    family('same', 'gauge', at(1)),
    family('took', 'histogram', { ...at(1), metricName: 'took_count' }),
  ];
  for (const answer of [some, some, many, many]) {
    cluster.processes.set(1, { id: 1, slot: 3, answer: () => Promise.resolve(sent(answer)) });
    await cluster.scrape();
  }
  const told = warnings.mock.calls.map(([warning]) => String(warning));
  const left = 'of slot 3 is left out, in whole or in part:';
  expect(told.slice(0, 8)).toEqual([
    `the metric "shop-orders" ${left} no metric may have such a name`,
    `the metric "untyped" ${left} it is no counter, gauge, histogram or summary`,
    `the metric "falls" ${left} no counter can be -1`,
    `the metric "unknown" ${left} no counter can be null, as which NaN and infinity come`,
    `the metric "labelled" ${left} a value has a label "a-b", a name that none may have`,
    `the metric "same" ${left} another metric of this worker has its name, or that of one of its samples`,
    `the metric "took" ${left} its buckets and its count contradict one another`,
    `the metric "m-0" ${left} no metric may have such a name`,
  ]);
  expect(told).toHaveLength(20);
  expect(warnings.mock.calls[0]?.[1]).toMatchObject({ code: 'HF_METRIC_DROPPED' });
});
