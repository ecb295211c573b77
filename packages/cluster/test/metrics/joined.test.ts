import prom from 'prom-client';
import { describe, expect, test } from 'vitest';
import { ScrapedCluster, sent, type ScrapedProcess } from './support/scraped-cluster.ts';

const processOf = (id: number, registry: prom.Registry): ScrapedProcess => ({
  id,
  slot: id - 1,
  answer: async () => sent(await registry.getMetricsAsJSON()),
});

/** Samples of what each of three workers has put into a registry of its own. */
const joined = async (
  fill: (registers: prom.Registry[], id: number, registry: prom.Registry) => void,
): Promise<ReadonlyMap<string, number>> => {
  const cluster = new ScrapedCluster();
  // The order in which workers started is not that of their slots.
  for (const id of [3, 1, 2]) {
    const registry = new prom.Registry();
    fill([registry], id, registry);
    cluster.processes.set(id, processOf(id, registry));
  }
  const samples = [...(await cluster.read())];
  return new Map(samples.filter(([name]) => !name.startsWith('holdfast_')));
};

describe('metrics of all workers', () => {
  test('have a counter as the sum, whatever is in its labels', async () => {
    const samples = await joined((registers, id) => {
      const labelNames = ['path', 'note'];
      const counter = new prom.Counter({ name: 'calls', help: 'a\nb\\', labelNames, registers });
      counter.inc({ path: '/a,b:"c"\n', note: 'x' }, id);
      counter.inc({ path: '/a', note: 'b:"c"\n,x' }, 10);
      counter.inc({ note: 'x', path: 'constructor' }, id / 2);
      counter.inc({ note: 'xpath=:constructor' }, 1);
    });
    expect(samples).toEqual(
      new Map([
        [String.raw`calls{note=x,path=/a,b:\"c\"\n}`, 6],
        [String.raw`calls{note=b:\"c\"\n,x,path=/a}`, 30],
        ['calls{note=x,path=constructor}', 3],
        ['calls{note=xpath=:constructor}', 3],
      ]),
    );
  });

  test('have gauges joined as each asks for', async () => {
    const aggregators = ['sum', 'first', 'min', 'max', 'average', 'omit'] as const;
    const samples = await joined((registers, id) => {
      for (const aggregator of aggregators) {
        const gauge = { name: aggregator, help: aggregator, aggregator, registers };
        new prom.Gauge(gauge).set(10 * (id % 3) - 10);
      }
      new prom.Gauge({ name: 'plain', help: 'plain', registers }).set(id);
    });
    expect(samples).toEqual(
      new Map([
        ['sum{}', 0],
        ['first{}', 0],
        ['min{}', -10],
        ['max{}', 10],
        ['average{}', 0],
        ['plain{}', 6],
      ]),
    );
  });

  test('have a histogram bucket by bucket', async () => {
    const samples = await joined((registers, id) => {
      const histogram = { name: 'took', help: 'took', labelNames: ['route'], registers };
      const took = new prom.Histogram({ ...histogram, buckets: [0.1, 1] });
      for (const seconds of [0.05, 0.5, 5]) took.observe({ route: '/' }, seconds * id);
    });
    expect(samples).toEqual(
      new Map([
        ['took_bucket{le=0.1,route=/}', 2],
        ['took_bucket{le=1,route=/}', 5],
        ['took_bucket{le=+Inf,route=/}', 9],
        ['took_sum{route=/}', 33.3],
        ['took_count{route=/}', 9],
      ]),
    );
  });

  test('have sum and count of a summary, and of each quantile the highest, as quantiles cannot be added', async () => {
    const samples = await joined((registers, id) => {
      const summary = new prom.Summary({
        name: 'waited',
        help: 'waited',
        percentiles: [0.5],
        registers,
      });
      for (const seconds of [1, 2, 3]) summary.observe(seconds * id);
      const lowest = { name: 'lowest', help: 'lowest', aggregator: 'min' as const, registers };
      new prom.Summary({ ...lowest, percentiles: [0.5] }).observe(id);
    });
    expect(samples).toEqual(
      new Map([
        ['waited{quantile=0.5}', 6],
        ['waited_sum{}', 36],
        ['waited_count{}', 9],
        ['lowest{quantile=0.5}', 1],
        ['lowest_sum{}', 6],
        ['lowest_count{}', 3],
      ]),
    );
  });

  test('keep default labels of registries apart', async () => {
    const samples = await joined((registers, id, registry) => {
      registry.setDefaultLabels({ app: 'shop', half: id % 2 });
      new prom.Counter({ name: 'calls', help: 'calls', registers }).inc(id);
      new prom.Histogram({ name: 'took', help: 'took', buckets: [1], registers }).observe(2);
    });
    const others = [...samples].filter(([name]) => !name.includes('bucket'));
    expect(new Map(others)).toEqual(
      new Map([
        ['calls{app=shop,half=1}', 4],
        ['calls{app=shop,half=0}', 2],
        ['took_sum{app=shop,half=1}', 4],
        ['took_count{app=shop,half=1}', 2],
        ['took_sum{app=shop,half=0}', 2],
        ['took_count{app=shop,half=0}', 1],
      ]),
    );
  });

  test('have all of the default metrics of prom-client that are not left out on purpose', async () => {
    const samples = await joined((_registers, _id, register) =>
      prom.collectDefaultMetrics({ register }),
    );
    const names = new Set([...samples.keys()].map((name) => name.replace(/\{.*/, '')));
    expect(samples.get(`process_cpu_seconds_total{}`)).toBeGreaterThan(0);
    expect(names).toContain('nodejs_heap_space_size_used_bytes');
    expect(names).not.toContain('process_start_time_seconds');
  });
});
