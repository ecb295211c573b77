import fc from 'fast-check';
import { serializeItem } from 'structured-headers';
import { describe, expect, it } from 'vitest';
import { idempotencyKey, parseIdempotencyKey } from '../../src/http/index.ts';

const UUID = '8e03978e-40d5-43dd-bc93-6894a57f9324';
/** What a structured field is made of, and what it must not contain. */
const LETTERS = ['"', '\\', ';', '=', ':', '?', '@', '%', '(', ')', 'a', '1', ' ', '\t', '\0'];
const anyText = fc.array(fc.nat(0xff_ff)).map((codes) => String.fromCharCode(...codes));
const printable = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 100 });

describe('a new key', () => {
  it('is a random UUID in quotes', () => {
    const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';
    expect(idempotencyKey()).toMatch(new RegExp(`^"${uuid}"$`));
  });

  it('is another each time', () => {
    expect(new Set(Array.from({ length: 1_000 }, () => idempotencyKey())).size).toBe(1_000);
  });

  it('is read as what stands in the quotes', () => {
    const written = idempotencyKey();
    expect(parseIdempotencyKey(written)).toBe(written.slice(1, -1));
  });
});

describe('a key that somebody wrote', () => {
  it('is any text that a structured field can hold', () => {
    fc.assert(
      fc.property(printable, (key) => {
        expect(parseIdempotencyKey(serializeItem(key))).toBe(key);
      }),
    );
  });

  it('is read, or nothing; reading never throws', () => {
    const letters = fc.string({ unit: fc.constantFrom(...LETTERS) });
    fc.assert(
      fc.property(fc.oneof(letters, anyText), (value) => {
        const key = parseIdempotencyKey(value);
        const written = key === undefined ? '' : serializeItem(key);
        expect(value.replace(/^ +/, '').startsWith(written)).toBe(true);
        expect(key).not.toBe('');
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    [`"${UUID}"`, UUID],
    [` "${UUID}" `, UUID],
    [`"${UUID}";expires=5`, UUID],
    [String.raw`"a\"b\\c"`, String.raw`a"b\c`],
    [UUID, undefined],
    ['token', undefined],
    ['42', undefined],
    ['?1', undefined],
    [':YQ==:', undefined],
    ['%"a"', undefined],
    ['"a", "b"', undefined],
    ['"a" b', undefined],
    ['"open', undefined],
    [String.raw`"\n"`, undefined],
    ['"ü"', undefined],
    ['"a\u0000"', undefined],
    ['""', undefined],
    ['', undefined],
  ])('%j is %j', (value, key) => {
    expect(parseIdempotencyKey(value)).toBe(key);
  });

  it('is nothing where it is missing, or not text', () => {
    for (const value of [undefined, null, 5, [`"${UUID}"`]]) {
      expect(parseIdempotencyKey(value as never)).toBeUndefined();
    }
  });

  it('has at most 1,024 characters, quotes included', () => {
    const key = 'k'.repeat(1_022);
    expect(parseIdempotencyKey(`"${key}"`)).toBe(key);
    expect(parseIdempotencyKey(`"${key}k"`)).toBeUndefined();
  });

  it.each(['"', ' ', String.raw`\"`, 'a', ';a', '%"'])(
    'is read in less than 1 ms, also a long run of %j',
    (text) => {
      for (const value of [text.repeat(1_000), `"${text.repeat(500)}`, `"a"${text.repeat(400)}`]) {
        const times = Array.from({ length: 5 }, () => {
          const start = performance.now();
          parseIdempotencyKey(value);
          return performance.now() - start;
        });
        expect(Math.min(...times)).toBeLessThan(1);
      }
    },
  );
});
