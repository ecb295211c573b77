import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assertSize, jsonOf, parseObject } from '../../../src/stateless/session/json.ts';

const limits = { name: 'session', maxBytes: 16_384, maxDepth: 16 };
const REACHING = ['__proto__', 'constructor', 'prototype'];

/** JSON without the names that are dropped. */
const plain = fc
  .dictionary(
    fc.string().filter((name) => !REACHING.includes(name)),
    fc.jsonValue({ noUnicodeString: false, maxDepth: 4 }),
  )
  .filter((data) => !REACHING.some((name) => JSON.stringify(data).includes(`"${name}":`)));

/** From the description alone: how deep objects and arrays are nested. */
const depth = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? 1 + Math.max(0, ...Object.values(value).map(depth))
    : 0;

const without = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(without);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !REACHING.includes(name))
      .map(([name, part]) => [name, without(part)]),
  );
};

/** Any letter as an escape. */
const escaped = (name: string): string =>
  name.replaceAll(/./g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);

describe('the JSON of a session', () => {
  test('comes back as it was', () => {
    fc.assert(
      fc.property(plain, (data) => {
        const json = jsonOf(data, limits);
        const back = parseObject(json);
        expect({ ...back }).toEqual(JSON.parse(JSON.stringify(data)));
        expect(Object.getPrototypeOf(back)).toBeNull();
        expect(jsonOf(back ?? {}, limits)).toBe(json);
      }),
    );
  });

  test('loses every name that reaches a prototype, however deep and however it is spelt', () => {
    const name = fc.constantFrom('__proto__', 'constructor', 'prototype', 'name', 'x');
    const spelt = fc
      .tuple(name, fc.boolean())
      .map(([it, asEscape]) => (asEscape ? escaped(it) : it));
    const { tree } = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('1', '"__proto__"', 'null', '[]'),
        fc.array(tie('tree'), { maxLength: 3 }).map((parts) => `[${parts.join(',')}]`),
        fc
          .array(fc.tuple(spelt, tie('tree')), { maxLength: 4 })
          .map((parts) => `{${parts.map(([it, part]) => `"${it}":${part}`).join(',')}}`),
      ),
    }));
    fc.assert(
      fc.property(tree, spelt, (part, last) => {
        const json = `{"a":${part},"${last}":{"evil":1}}`;
        const data = parseObject(json);
        expect({ ...data }).toEqual(without(JSON.parse(json)));
        expect(({} as { evil?: number }).evil).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  test('is refused by bytes and by depth, each on the spot', () => {
    fc.assert(
      fc.property(plain, (data) => {
        const json = jsonOf(data, limits);
        const bytes = new TextEncoder().encode(json).length;
        const deep = depth(JSON.parse(json));
        assertSize(json, { name: 'it', maxBytes: bytes, maxDepth: deep });
        expect(() => assertSize(json, { name: 'it', maxBytes: bytes - 1, maxDepth: deep })).toThrow(
          'session "it" holds more than it may',
        );
        expect(() => assertSize(json, { name: 'it', maxBytes: bytes, maxDepth: deep - 1 })).toThrow(
          'session "it" holds more than it may',
        );
      }),
    );
  });

  test('that is damaged, or no object, is none', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const data = parseObject(text);
        expect(data === undefined || Object.getPrototypeOf(data) === null).toBe(true);
      }),
    );
    for (const text of ['', '[]', '1', 'null', '"x"', '{', '{"a":1}x'])
      expect(parseObject(text)).toBeUndefined();
    expect(
      parseObject(`{"a\\u0062":${'['.repeat(200_000)}${']'.repeat(200_000)}}`),
    ).toBeUndefined();
  });

  const circle: Record<string, unknown> = {};
  circle['self'] = { circle };

  test.each<[string, unknown]>([
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a BigInt', 1n],
    ['NaN', Number.NaN],
    ['Infinity', Infinity],
    ['a Map', new Map()],
    ['a Set', new Set()],
    ['a RegExp', /x/],
    ['an Error', new TypeError('x')],
    ['an invalid Date', new Date(Number.NaN)],
    ['a Buffer', Buffer.from('x')],
    ['a typed array', new Float64Array(1)],
    ['an ArrayBuffer', new ArrayBuffer(1)],
    ['a Promise', Promise.resolve()],
    ['a WeakMap', new WeakMap()],
    ['undefined in an array', [1, undefined]],
    ['a hole in an array', Array(1)],
    ['what calls itself a Map', { toJSON: () => new Map() }],
    ['a circle', circle],
    ['a name that is dropped', JSON.parse('{"__proto__": 1}')],
  ])('is refused for %s, at the top and deep inside', (_, value) => {
    expect(() => jsonOf({ a: value }, limits)).toThrow(TypeError);
    expect(() => jsonOf({ a: [{ b: value }] }, limits)).toThrow(TypeError);
  });

  test('of something nested beyond the stack is refused as too large', () => {
    let data: Record<string, unknown> = {};
    for (let level = 0; level < 100_000; level++) data = { data };
    expect(() => jsonOf(data, limits)).toThrow('session "session" holds more than it may');
  });

  test('knows dates and whatever says itself what it is as JSON', () => {
    const at = new Date(0);
    expect(jsonOf({ at, gone: undefined }, limits)).toBe('{"at":"1970-01-01T00:00:00.000Z"}');
    const error = Object.assign(new Error('x'), { toJSON: () => 'an error' });
    expect(jsonOf({ error, bare: Object.create(null) }, limits)).toBe(
      '{"error":"an error","bare":{}}',
    );
  });

  test('says by name what it cannot hold', () => {
    expect(() => jsonOf({ at: new Date(Number.NaN) }, limits)).toThrow(
      'session data: "at" is an invalid Date, which JSON cannot hold',
    );
    expect(() => jsonOf({ list: ['a', undefined] }, limits)).toThrow(
      'session data: "1" is undefined in an array, which JSON cannot hold',
    );
    expect(() => jsonOf({ key: Buffer.from('x') }, limits)).toThrow(
      'session data: "key" is binary data, which JSON cannot hold',
    );
  });
});
