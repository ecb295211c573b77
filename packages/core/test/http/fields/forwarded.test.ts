import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseForwarded, parseXForwardedFor } from '../../../src/http/fields/forwarded.ts';

const TOKEN = "abcXYZ019!#$%&'*+-.^_`|~";
const token = fc.string({ unit: fc.constantFrom(...TOKEN.split('')), minLength: 1, maxLength: 8 });
const text = fc.string({
  unit: fc.constantFrom(...'abc "\\,;=:[]()\t\u00e9'.split('')),
  maxLength: 12,
});
const blank = fc.constantFrom('', ' ', '\t ');

const quoted = (value: string): string => `"${value.replace(/["\\]/g, String.raw`\$&`)}"`;

const parameterName = token.filter((name) => name.toLowerCase() !== 'for');
const value = fc.oneof(
  token.map((plain) => ({ plain, written: plain })),
  text.map((plain) => ({ plain, written: quoted(plain) })),
  // Whatever can be escaped may be.
  token.map((plain) => ({ plain, written: `"${plain.replace(/./g, String.raw`\$&`)}"` })),
);

/** An element with what it says, or does not say, of whom it forwarded for. */
const element = fc
  .record({
    front: fc.uniqueArray(fc.tuple(parameterName, value), {
      maxLength: 3,
      selector: ([name]) => name.toLowerCase(),
    }),
    node: fc.option(fc.tuple(fc.constantFrom('for', 'FOR', 'For'), value), { nil: undefined }),
    semicolon: fc.constantFrom(';', ' ; ', ';;'),
  })
  .filter(({ front, node }) => front.length > 0 || node !== undefined)
  .map(({ front, node, semicolon }) => ({
    node: node === undefined ? 'unknown' : node[1].plain,
    written: [...front, ...(node === undefined ? [] : [node])]
      .map(([name, { written }]) => `${name}=${written}`)
      .join(semicolon),
  }));

const anything = fc.string({
  unit: fc.constantFrom(...'",\\;=for[]:.0123456789 \t\u0000\u00e9\u20ac'.split('')),
});

describe('Forwarded', () => {
  it('names those it was forwarded for, from left to right', () => {
    fc.assert(
      fc.property(fc.array(element, { minLength: 1 }), blank, blank, (elements, left, right) => {
        const field = elements.map(({ written }) => left + written + right).join(',');
        expect(parseForwarded(field)).toEqual(elements.map(({ node }) => node));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is malformed with one malformed element, wherever it stands', () => {
    const malformed = fc.constantFrom(
      'for',
      'for=',
      '=a',
      'for=a b',
      'for=a;for=b',
      'for=a;FOR=a',
      'for =a',
      'for= a',
      'for="a"b',
      'for="a\u0000"',
      String.raw`for="\é€"`,
      'for=[::1]',
      'for=1.2.3.4:80',
      'f(r=a',
      'for=a;proto',
      ';',
    );
    fc.assert(
      fc.property(fc.array(element), malformed, fc.array(element), (left, wrong, right) => {
        const texts = [...left, { written: wrong }, ...right].map(({ written }) => written);
        expect(parseForwarded(texts.join(', '))).toBeUndefined();
      }),
    );
  });

  it.each([
    ['for="_gazonk"', ['_gazonk']],
    ['For="[2001:db8:cafe::17]:4711"', ['[2001:db8:cafe::17]:4711']],
    ['for=192.0.2.60;proto=http;by=203.0.113.43', ['192.0.2.60']],
    ['for=192.0.2.43, for=198.51.100.17', ['192.0.2.43', '198.51.100.17']],
    [
      'for=192.0.2.43,for="[2001:db8:cafe::17]",for=unknown',
      ['192.0.2.43', '[2001:db8:cafe::17]', 'unknown'],
    ],
    ['for=_hidden, for=_SEVKISEK', ['_hidden', '_SEVKISEK']],
    ['proto=https', ['unknown']],
    ['for=""', ['']],
    [',for=a, ,', ['a']],
    ['for="a, for=b', undefined],
    ['', undefined],
    [' , ', undefined],
  ])('%j: %j', (field, nodes) => {
    expect(parseForwarded(field)).toEqual(nodes);
  });
});

describe('X-Forwarded-For', () => {
  const node = fc.string({ unit: fc.constantFrom(...'abcXYZ019.:[]_-'.split('')), minLength: 1 });

  it('names those it was forwarded for, from left to right', () => {
    fc.assert(
      fc.property(fc.array(node, { minLength: 1 }), blank, blank, (nodes, left, right) => {
        const field = nodes.map((each) => left + each + right).join(',');
        expect(parseXForwardedFor(field)).toEqual(nodes);
      }),
    );
  });

  it.each([
    ['203.0.113.7, [2001:db8::1]:80,unknown', ['203.0.113.7', '[2001:db8::1]:80', 'unknown']],
    [', ,a,', ['a']],
    ['a b', undefined],
    ['"a"', undefined],
    ['a, "', undefined],
    ['a\u0000', undefined],
    ['a;b', undefined],
    ['\u00e9', undefined],
    ['', undefined],
    [',', undefined],
  ])('%j: %j', (field, nodes) => {
    expect(parseXForwardedFor(field)).toEqual(nodes);
  });
});

describe.each([
  ['Forwarded', parseForwarded, 'for=a,'],
  ['X-Forwarded-For', parseXForwardedFor, 'a,'],
] as const)('%s', (_, parse, part) => {
  it('is read, or nothing; reading never throws', () => {
    fc.assert(
      fc.property(anything, (field) => {
        const nodes = parse(field);
        expect(nodes === undefined || nodes.length > 0).toBe(true);
      }),
      { numRuns: 2_000 },
    );
    for (const field of [undefined, null, 5, ['a']]) expect(parse(field as never)).toBeUndefined();
  });

  it('has at most 4,096 characters', () => {
    const most = part.repeat(4_096 / part.length).padEnd(4_096, ',');
    expect(parse(most)).toHaveLength(Math.floor(4_096 / part.length));
    expect(parse(`${most},`)).toBeUndefined();
  });

  it.each(['a=b;', 'a="b";', '"', String.raw`\"`, 'a', ',', ' ', ', "', ';', 'for=a;', 'for="a'])(
    'is read in less than 1 ms, also a long run of %j',
    (text_) => {
      const field = text_.repeat(4_096 / text_.length);
      const times = Array.from({ length: 7 }, () => {
        const start = performance.now();
        parse(field);
        return performance.now() - start;
      });
      expect(Math.min(...times)).toBeLessThan(1);
    },
  );
});
