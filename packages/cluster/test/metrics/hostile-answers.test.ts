import fc from 'fast-check';
import prom from 'prom-client';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { prometheusText, type ClusterMetrics } from '../../src/index.ts';
import { readText } from './support/read-text.ts';
import { ScrapedCluster } from './support/scraped-cluster.ts';

const SOUND = { name: 'sound', help: 'sound', type: 'counter', values: [{ labels: {}, value: 7 }] };

interface Scraped extends ClusterMetrics {
  readonly samples: ReadonlyMap<string, number>;
}

// What is left out here is warned of.
beforeAll(() => void vi.spyOn(process, 'emitWarning').mockReturnValue());
afterAll(() => void vi.restoreAllMocks());

/** Worker 1 in slot 0 is sound, worker 2 in slot 1 answers with each of these, one after another. */
const scrapedWith = async (...answers: readonly unknown[]): Promise<Scraped> => {
  const cluster = new ScrapedCluster();
  let scrape: ClusterMetrics = { families: [], missing: [] };
  for (const answer of answers) {
    cluster.processes.set(1, { id: 1, slot: 0, answer: () => Promise.resolve([SOUND]) });
    cluster.processes.set(2, { id: 2, slot: 1, answer: () => Promise.resolve(answer) });
    scrape = await cluster.scrape();
  }
  const text = await prometheusText(scrape, prom);
  const samples = [...readText(text)].filter(([name]) => !name.startsWith('holdfast_'));
  return { ...scrape, samples: new Map(samples) };
};

const droppedIn = ({ families }: ClusterMetrics): number | undefined =>
  families.find(({ name }) => name === 'holdfast_cluster_metric_values_dropped')?.values[0]?.value;

const counterOf = (values: unknown, name = 'theirs'): object => ({
  name,
  help: '',
  type: 'counter',
  values,
});

/** As it may come over the channel: with an own property of that name. */
const protoLabels: unknown = JSON.parse('{ "__proto__": "x", "a": "b" }');

describe('an answer that is none', () => {
  test.each([
    ['null', null],
    ['a text', 'metrics'],
    ['an object', { length: 3 }],
    ['one that throws when it is read', [new Proxy({}, { get: () => expect.unreachable() })]],
  ])('counts as missing: %s', async (_what, answer) => {
    const { missing, samples } = await scrapedWith(answer);
    expect(missing).toEqual([1]);
    expect(samples).toEqual(new Map([['sound{}', 7]]));
  });

  test('is left out as far as it is wrong, and counted', async () => {
    const one = [{ labels: {}, value: 1 }];
    const scraped = await scrapedWith([
      null,
      [],
      7,
      counterOf('values'),
      counterOf(one, 'a b'),
      counterOf(one, '__proto__ '),
      counterOf(one, 'x'.repeat(201)),
      counterOf(one, ''),
      { ...counterOf(one), type: 'untyped' },
      { ...counterOf(one), type: 'constructor' },
      {
        ...counterOf([{ value: 3 }], 'good'),
        help: { toString: () => 'x' },
        aggregator: 'toString',
      },
    ]);
    expect(scraped.samples).toEqual(
      new Map([
        ['sound{}', 7],
        ['good{}', 3],
      ]),
    );
    expect(droppedIn(scraped)).toBe(9);
  });

  test.each(['__proto__', 'constructor', 'toString'])(
    'has no family that is called as what every object has: %s',
    async (name) => {
      const scraped = await scrapedWith([counterOf([{ labels: {}, value: 1 }], name)]);
      expect(scraped.samples).toEqual(new Map([['sound{}', 7]]));
      expect(droppedIn(scraped)).toBe(1);
    },
  );

  test('loses single values that are wrong, and no others', async () => {
    const values = [
      ...[Number.NaN, Infinity, -1, '1', null, undefined, {}, 1n, true].map((value) => ({
        labels: {},
        value,
      })),
      ...[{ 'a-b': 1 }, { '': 1 }, { a: null }, { a: {} }, { a: Number.NaN }, [], 'a', null].map(
        (labels) => ({ labels, value: 1 }),
      ),
      { labels: protoLabels, value: 1 },
      { labels: { a: 'x'.repeat(1_025) }, value: 1 },
      { labels: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`l${i}`, 1])), value: 1 },
      { labels: {}, value: 1, metricName: 'theirs_total' },
      { labels: {}, value: 1, metricName: 'theirsconstructor' },
      null,
      { labels: { a: 'b', n: 1, ok: true }, value: 5, exemplar: {}, timestamp: 1 },
    ];
    const scraped = await scrapedWith([counterOf(values)]);
    expect(scraped.samples).toEqual(
      new Map([
        ['sound{}', 7],
        ['theirs{a=b,n=1,ok=true}', 5],
      ]),
    );
    expect(droppedIn(scraped)).toBe(values.length - 1);
    expect(Reflect.get({}, 'a')).toBeUndefined();
  });

  test('loses parts of a histogram that are none', async () => {
    const part = (suffix: string, value: number, labels = {}) => ({
      metricName: `took${suffix}`,
      labels,
      value,
    });
    const values = [
      part('_bucket', 1, { le: 'x' }),
      part('_bucket', 1, { le: '' }),
      part('_bucket', 1),
      part('', 1),
      part('_bucket', -1, { le: 1 }),
      part('_bucket', 4, { le: '2' }),
      part('_bucket', 5, { le: '+Inf' }),
      part('_sum', -3),
      part('_count', 5),
    ];
    const scraped = await scrapedWith([{ name: 'took', help: '', type: 'histogram', values }]);
    expect([...scraped.samples].slice(1)).toEqual([
      ['took_bucket{le=2}', 4],
      ['took_bucket{le=+Inf}', 5],
      ['took_sum{}', -3],
      ['took_count{}', 5],
    ]);
  });
});

const histogramOf = (name: string, parts: readonly [string, number][]): object => ({
  name,
  help: '',
  type: 'histogram',
  values: parts.map(([part, value]) =>
    part === 'sum' || part === 'count'
      ? { labels: {}, value, metricName: `${name}_${part}` }
      : { labels: { le: part }, value, metricName: `${name}_bucket` },
  ),
});

describe('a family that would spoil the text', () => {
  test.each<[string, [string, number][]]>([
    [
      'no last bucket',
      [
        ['1', 1],
        ['count', 1],
      ],
    ],
    [
      'no count',
      [
        ['1', 1],
        ['+Inf', 1],
        ['sum', 1],
      ],
    ],
    [
      'another count',
      [
        ['1', 1],
        ['+Inf', 1],
        ['count', 2],
      ],
    ],
    [
      'a bucket that has less than a lower one',
      [
        ['2', 1],
        ['+Inf', 3],
        ['1', 2],
        ['count', 3],
      ],
    ],
  ])('is no histogram with %s', async (_what, parts) => {
    const scraped = await scrapedWith([histogramOf('took', parts)]);
    expect([...scraped.samples.keys()]).toEqual(['sound{}']);
    expect(droppedIn(scraped)).toBe(parts.length);
  });

  test('loses of a summary what is of no quantile', async () => {
    const quantile = (of: unknown, value: number): object => ({ labels: { quantile: of }, value });
    const values = [
      quantile('0.5', 1),
      quantile(0.9, 3),
      quantile('1.1', 5),
      quantile('x', 6),
      { labels: {}, value: 7 },
      { labels: {}, value: 8, metricName: 'took_sum' },
    ];
    const scraped = await scrapedWith([{ name: 'took', help: '', type: 'summary', values }]);
    expect([...scraped.samples].slice(1)).toEqual([
      ['took{quantile=0.5}', 1],
      ['took{quantile=0.9}', 3],
      ['took_sum{}', 8],
    ]);
    expect(droppedIn(scraped)).toBe(3);
  });

  const took = histogramOf('took', [
    ['+Inf', 3],
    ['count', 3],
  ]);
  const count = counterOf([{ labels: {}, value: 9 }], 'took_count');
  const namesIn = ({ samples }: Scraped): string[] => [...samples.keys()].slice(1);
  const TOOK = ['took_bucket{le=+Inf}', 'took_count{}'];

  test('has a name of another’s samples: the first stays', async () => {
    expect(namesIn(await scrapedWith([took, count]))).toEqual(TOOK);
    expect(namesIn(await scrapedWith([count, took]))).toEqual(['took_count{}']);
    const bucket = counterOf([{ labels: { le: 1 }, value: 9 }], 'took_bucket');
    expect(namesIn(await scrapedWith([took, bucket]))).toEqual(TOOK);
  });

  test('of another worker stays until no worker has it', async () => {
    const cluster = new ScrapedCluster();
    const told = async (): Promise<number | undefined> => {
      const { families } = await cluster.scrape();
      const found = families.filter(({ name }) => name.startsWith('took'));
      expect(found).toHaveLength(1);
      return found[0]?.values.at(-1)?.value;
    };
    const answers = (id: number, family: object): void =>
      void cluster.processes.set(id, { id, slot: id, answer: () => Promise.resolve([family]) });
    answers(1, took);
    answers(2, count);
    expect(await told()).toBe(3);
    cluster.processes.delete(1);
    cluster.store.exited(1);
    expect(await told()).toBe(9);
    answers(2, took);
    expect(await told()).toBe(3);
  });
});

describe('a name with two types', () => {
  const gauge = { ...counterOf([{ labels: {}, value: 5 }], 'sound'), type: 'gauge' };

  test('stays what it was while a worker has it so', async () => {
    const scraped = await scrapedWith([], [gauge], [gauge, SOUND, gauge]);
    expect(scraped.families.filter(({ name }) => name === 'sound')).toMatchObject([
      { type: 'counter', values: [{ value: 7 }] },
    ]);
  });

  test('becomes what all workers have now', async () => {
    const cluster = new ScrapedCluster();
    const answer = (family: unknown) => (): Promise<unknown> => Promise.resolve([family]);
    cluster.processes.set(1, { id: 1, slot: 0, answer: answer(SOUND) });
    await cluster.scrape();
    cluster.processes.set(1, { id: 1, slot: 0, answer: answer(gauge) });
    const { families } = await cluster.scrape();
    expect(families.filter(({ name }) => name === 'sound')).toMatchObject([
      { type: 'gauge', values: [{ value: 5 }] },
    ]);
  });

  test('is the supervisor’s where that has one of this name', async () => {
    const own = counterOf([{ labels: {}, value: 1e9 }], 'holdfast_cluster_restarts_total');
    const { families } = await scrapedWith([own]);
    const found = families.filter(({ name }) => name === 'holdfast_cluster_restarts_total');
    expect(found).toHaveLength(1);
    expect(found[0]?.values.map(({ value }) => value)).not.toContain(1e9);
  });
});

describe('a flood of values', () => {
  const flood = (count: number, from = 0): object[] =>
    Array.from({ length: count }, (_, i) => ({ labels: { id: from + i }, value: 1 }));

  test('is cut off, and others are in the scrape', async () => {
    const values = [...flood(30_000), ...Array.from({ length: 970_000 }, () => null)];
    const scraped = await scrapedWith([counterOf(values), counterOf(flood(1), 'after')]);
    expect(scraped.samples.get('sound{}')).toBe(7);
    expect(scraped.samples.get('after{id=0}')).toBe(1);
    expect(scraped.samples.size).toBe(20_002);
    expect(droppedIn(scraped)).toBe(980_000);
  });

  test('is bounded over scrapes as well, and what was there before goes on', async () => {
    const scraped = await scrapedWith(
      [counterOf(flood(10))],
      ...Array.from({ length: 4 }, (_, i) => [counterOf(flood(10_000, i * 10_000))]),
      [counterOf(flood(10).map((value) => ({ ...value, value: 2 })))],
    );
    expect(scraped.samples.size).toBe(20_001);
    expect(scraped.samples.get('theirs{id=9}')).toBe(2);
  });

  test('of buckets is bounded', async () => {
    const parts = (buckets: number): [string, number][] => [
      ...Array.from({ length: buckets }, (_, i): [string, number] => [`${i}`, 1]),
      ['+Inf', 1],
      ['count', 1],
    ];
    const many = [histogramOf('took', parts(5_000))];
    expect((await scrapedWith(many)).samples.size).toBe(1);
    const { samples } = await scrapedWith([histogramOf('took', parts(5))], many);
    expect(samples.size).toBe(501);
    expect(samples.get('took_count{}')).toBe(1);
  });

  test('of size does not make a total infinite', async () => {
    const huge = [Number.MAX_VALUE, 0, Number.MAX_VALUE].map((value) => [
      counterOf([{ labels: {}, value }], 'sound'),
    ]);
    const { samples } = await scrapedWith(...huge);
    expect(samples.get('sound{}')).toBe(Number.MAX_VALUE);
  });
});

test('whatever a worker answers, the scrape stands and has the others in it', async () => {
  const labels = fc.oneof(
    fc.anything(),
    fc.dictionary(fc.constantFrom('a', '__proto__', 'le', 'quantile', '9'), fc.anything(), {
      maxKeys: 3,
    }),
  );
  const name = fc.constantFrom('theirs', 'sound', '__proto__', 'holdfast_cluster_state', 'a b');
  const suffix = fc.constantFrom('', '_bucket', '_sum', '_count', '_created');
  const value = fc.record(
    {
      labels,
      value: fc.oneof(fc.double(), fc.nat(), fc.anything()),
      metricName: fc.oneof(
        fc.anything(),
        fc.tuple(name, suffix).map((parts) => parts.join('')),
      ),
    },
    { requiredKeys: [] },
  );
  const family = fc.record(
    {
      name: fc.oneof(name, fc.anything()),
      help: fc.anything(),
      type: fc.oneof(fc.constantFrom('counter', 'gauge', 'histogram', 'summary'), fc.anything()),
      aggregator: fc.oneof(fc.constantFrom('sum', 'omit', 'first', 'average'), fc.anything()),
      values: fc.oneof(fc.array(fc.oneof(value, fc.anything()), { maxLength: 5 }), fc.anything()),
    },
    { requiredKeys: [] },
  );
  const answer = fc.oneof(
    fc.array(fc.oneof(family, fc.anything()), { maxLength: 5 }),
    fc.anything(),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 3 }), async (answers) => {
      const { samples } = await scrapedWith([], ...answers);
      expect(samples.get('sound{}')).toBeGreaterThanOrEqual(7);
      for (const each of samples.values()) expect(each).toBeTypeOf('number');
    }),
    { numRuns: 300 },
  );
});
