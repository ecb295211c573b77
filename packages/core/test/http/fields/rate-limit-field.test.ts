import fc from 'fast-check';
import { parseList, serializeList, Token, type BareItem, type List } from 'structured-headers';
import { describe, expect, it } from 'vitest';
import { policyName } from '../../../src/http/fields/policy-name.ts';
import { formatRateLimit, parseRateLimit } from '../../../src/http/fields/rate-limit-field.ts';
import {
  formatRateLimitPolicy,
  parseRateLimitPolicy,
} from '../../../src/http/fields/rate-limit-policy-field.ts';
import { expectInvalid } from '../../support/invalid-option.ts';

const MOST = 999_999_999_999_999;
const name = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 30 });
const count = fc.oneof(fc.nat(100), fc.nat(), fc.integer({ min: 0, max: MOST }));
const bytes = fc.uint8Array({ maxLength: 20 });
const omittable = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

/** Without the keys that have no value. */
const definedOf = (record: object): object =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));

const anyItem: fc.Arbitrary<BareItem> = fc.oneof(
  fc.integer({ min: -3, max: 5 }),
  name,
  fc.boolean(),
  bytes,
  fc.constantFrom(0.5, new Token('a')),
);

/** A list of which nobody knows whether its members are limits. */
const anyList = fc.array(
  fc.tuple(
    anyItem,
    fc.uniqueArray(fc.tuple(fc.constantFrom('r', 't', 'q', 'qu', 'w', 'pk', 'x'), anyItem), {
      selector: ([key]) => key,
    }),
  ),
);
const written = (list: readonly (readonly [BareItem, (readonly [string, BareItem])[]])[]): string =>
  serializeList(list.map(([item, parameters]) => [item, new Map(parameters)]) as List);

const isCount = (value: unknown, least = 0): value is number =>
  Number.isInteger(value) && Number(value) >= least;

const letters = fc.string({
  unit: fc.constantFrom(...'"a;=,rtqwpk:AQ0123.- \t\\()?@%\u0000é'.split('')),
});

describe('RateLimit', () => {
  it('is read as it was written, by others too', () => {
    const limits = fc.array(fc.record({ name, remaining: count, resetSeconds: omittable(count) }));
    fc.assert(
      fc.property(limits, fc.boolean(), (all, prepared) => {
        const field = all
          .map((limit) =>
            formatRateLimit({ ...limit, name: prepared ? policyName(limit.name) : limit.name }),
          )
          .join(', ');
        expect(parseRateLimit(field)).toEqual(all.map(definedOf));
        expect(parseList(field)).toEqual(
          all.map(({ name: text, remaining, resetSeconds }) => [
            text,
            new Map(Object.entries(definedOf({ r: remaining, t: resetSeconds }))),
          ]),
        );
      }),
    );
  });

  it('of others is what its members say, where they are of their type', () => {
    fc.assert(
      fc.property(anyList, (list) => {
        const expected = list.flatMap(([text, parameters]) => {
          const { r, t, pk } = Object.fromEntries(parameters);
          if (typeof text !== 'string' || !isCount(r)) return [];
          const resetSeconds = isCount(t) ? t : undefined;
          const partitionKey = pk instanceof Uint8Array ? pk : undefined;
          return [definedOf({ name: text, remaining: r, resetSeconds, partitionKey })];
        });
        expect(parseRateLimit(written(list))).toEqual(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    [{ name: 'burst', remaining: 50, resetSeconds: 30 }, '"burst";r=50;t=30'],
    [{ name: 'burst', remaining: 0, resetSeconds: 0 }, '"burst";r=0;t=0'],
    [{ name: 'daily', remaining: 850 }, '"daily";r=850'],
    [{ name: 'a"b\\c', remaining: 1 }, String.raw`"a\"b\\c";r=1`],
    [{ name: 'x', remaining: 2.9, resetSeconds: 0.1 }, '"x";r=2;t=1'],
    [{ name: 'x', remaining: -1, resetSeconds: -5 }, '"x";r=0;t=0'],
    [{ name: 'x', remaining: -0.5, resetSeconds: -0.5 }, '"x";r=0;t=0'],
    [{ name: 'x', remaining: Number.NaN, resetSeconds: Number.NaN }, '"x";r=0;t=0'],
    [{ name: 'x', remaining: Infinity, resetSeconds: 1e300 }, `"x";r=${MOST};t=${MOST}`],
    [{ name: 'x', remaining: 1, resetSeconds: undefined }, '"x";r=1'],
  ])('%j is written %s', (limit, field) => {
    expect(formatRateLimit(limit)).toBe(field);
    expect(formatRateLimit({ ...limit, name: policyName(limit.name) })).toBe(field);
  });

  it.each([
    ['"1-in-1min"; r=0; t=60', [{ name: '1-in-1min', remaining: 0, resetSeconds: 60 }]],
    ['"a";r=1;t=-1', [{ name: 'a', remaining: 1 }]],
    ['"a";t=1, "b";r=2', [{ name: 'b', remaining: 2 }]],
    ['"a";r=-0', [{ name: 'a', remaining: 0 }]],
    ['a;r=1', []],
    ['("a" "b");r=1', []],
    ['limit=1, remaining=0, reset=60', []],
    ['"a";r=1,', []],
    ['100', []],
    ['', []],
    [undefined, []],
    [['"a";r=1'], []],
  ])('%j is read as %j', (field, limits) => {
    expect(parseRateLimit(field as never)).toEqual(limits);
  });

  it('has at most 2,048 characters', () => {
    expect(parseRateLimit('"a";r=1'.padEnd(2_048))).toHaveLength(1);
    expect(parseRateLimit('"a";r=1'.padEnd(2_049))).toEqual([]);
  });
});

describe('RateLimit-Policy', () => {
  const policy = fc.record({
    name,
    quota: count,
    windowSeconds: omittable(fc.integer({ min: 1, max: MOST })),
    unit: fc.oneof(fc.constantFrom('requests', 'content-bytes', 'concurrent-requests'), name),
    partitionKey: omittable(bytes),
  });

  it('is read as it was written, by others too', () => {
    fc.assert(
      fc.property(fc.array(policy, { maxLength: 5 }), (all) => {
        const field = all
          .map((each) => formatRateLimitPolicy({ ...each, name: policyName(each.name) }))
          .join(', ');
        expect(parseRateLimitPolicy(field)).toEqual(all.map(definedOf));
        expect(parseList(field).map(([text]) => text)).toEqual(all.map((each) => each.name));
      }),
    );
  });

  it('of others is what its members say, where they are of their type', () => {
    fc.assert(
      fc.property(anyList, (list) => {
        const expected = list.flatMap(([text, parameters]) => {
          const { q, qu = 'requests', w, pk } = Object.fromEntries(parameters);
          if (typeof text !== 'string' || !isCount(q) || typeof qu !== 'string') return [];
          const windowSeconds = isCount(w, 1) ? w : undefined;
          const partitionKey = pk instanceof Uint8Array ? pk : undefined;
          return [definedOf({ name: text, quota: q, unit: qu, windowSeconds, partitionKey })];
        });
        expect(parseRateLimitPolicy(written(list))).toEqual(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    [{ name: 'burst', quota: 100, windowSeconds: 60 }, '"burst";q=100;w=60'],
    [{ name: 'x', quota: 0, unit: 'requests' }, '"x";q=0'],
    [
      { name: 'pool', quota: 50, unit: 'concurrent-requests' },
      '"pool";q=50;qu="concurrent-requests"',
    ],
    [
      {
        name: 'x',
        quota: 1,
        unit: 'content-bytes',
        windowSeconds: 1,
        partitionKey: Buffer.from('abc'),
      },
      '"x";q=1;qu="content-bytes";w=1;pk=:YWJj:',
    ],
    [{ name: 'x', quota: 1, partitionKey: new Uint8Array(0) }, '"x";q=1;pk=::'],
  ])('%j is written as it should be', (options, field) => {
    expect(formatRateLimitPolicy(options)).toBe(field);
  });

  it.each([
    [
      '"a";q=1;w=0, "b";q=2;w=1',
      [
        { name: 'a', quota: 1 },
        { name: 'b', quota: 2, windowSeconds: 1 },
      ],
    ],
    ['"a";w=1, "b";q=-1, "c";q=1.5, "d";q="1"', []],
    ['"a";q=1;qu=tokens', []],
    ['"a";q=1;pk="x";w=?1', [{ name: 'a', quota: 1 }]],
    ['"a";q=0;q=7', [{ name: 'a', quota: 7 }]],
    ['1;w=60', []],
    [undefined, []],
  ])('%j is read as %j', (field, policies) => {
    const expected = policies.map((each) => ({ unit: 'requests', ...each }));
    expect(parseRateLimitPolicy(field)).toEqual(expected);
  });

  it('writes the bytes of a part of a larger buffer, and no others', () => {
    const partitionKey = new Uint8Array([1, 2, 3, 4, 5]).subarray(1, 3);
    expect(formatRateLimitPolicy({ name: 'x', quota: 1, partitionKey })).toBe('"x";q=1;pk=:AgM=:');
  });

  it.each([
    ['quota', -1, RangeError],
    ['quota', 1.5, RangeError],
    ['quota', MOST + 1, RangeError],
    ['quota', Number.NaN, RangeError],
    ['quota', '1', TypeError],
    ['windowSeconds', 0, RangeError],
    ['windowSeconds', 0.5, RangeError],
    ['windowSeconds', null, TypeError],
    ['unit', '', TypeError],
    ['unit', 'é', RangeError],
    ['unit', null, TypeError],
    ['partitionKey', 'abc', TypeError],
    ['partitionKey', null, TypeError],
  ] as const)('has no %s %j', (option, value, type) => {
    const act = () => formatRateLimitPolicy({ name: 'x', quota: 1, [option]: value });
    expectInvalid(act, { type, option, value });
  });
});

describe('the name of a policy', () => {
  it.each([
    ['', TypeError],
    [5, TypeError],
    [undefined, TypeError],
    ['a\r\nSet-Cookie: x', RangeError],
    ['\t', RangeError],
    ['\u007f', RangeError],
    ['é', RangeError],
  ])('%j is none', (value, type) => {
    const complaint = { type, option: 'name', value };
    expectInvalid(() => policyName(value as never), complaint);
    if (typeof value !== 'string') return;
    expectInvalid(() => formatRateLimit({ name: value, remaining: 1 }), complaint);
    expectInvalid(() => formatRateLimitPolicy({ name: value, quota: 1 }), complaint);
  });
});

describe.each([
  ['RateLimit', parseRateLimit],
  ['RateLimit-Policy', parseRateLimitPolicy],
] as const)('%s that somebody wrote', (_, parse) => {
  it('is read, or nothing; reading never throws', () => {
    fc.assert(
      fc.property(letters, (field) => {
        expect(Array.isArray(parse(field))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['"a";r=1,', 'a;', '(', '"', String.raw`\"`, ':YQ==:,', '1,', '%"a', '("a" ', ' ', 'a'])(
    'is read in less than 1 ms, also a long run of %j',
    (text) => {
      for (const field of [text.repeat(2_048 / text.length), text.repeat(65_536)]) {
        const times = Array.from({ length: 7 }, () => {
          const start = performance.now();
          parse(field);
          return performance.now() - start;
        });
        expect(Math.min(...times)).toBeLessThan(1);
      }
    },
  );
});
