import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prefersPlainText } from '../../../src/http/fields/accept.ts';

const range = fc.constantFrom(
  '*/*',
  'text/*',
  'application/*',
  'text/plain',
  'application/problem+json',
  'text/html',
  'application/json',
  'image/*',
);
const weight = fc.constantFrom(0, 0.001, 0.3, 0.5, 0.501, 0.9, 1);
const spelling = fc.record({
  upper: fc.boolean(),
  blank: fc.constantFrom('', ' ', '\t'),
  charset: fc.boolean(),
  digits: fc.integer({ min: 1, max: 3 }),
});

interface Wish {
  readonly type: string;
  readonly quality: number;
}

/** The weight of the nearest range, in the words of RFC 9110, 12.5.1. */
const weightOf = (wishes: readonly Wish[], ...nearestFirst: readonly string[]): number =>
  nearestFirst
    .map((type) => wishes.find((wish) => wish.type === type)?.quality)
    .find((quality) => quality !== undefined) ?? 0;

describe('plain text is preferred', () => {
  it('where it weighs more than problem+json, each by its nearest range, in any order and spelling', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(range, weight, spelling), { selector: ([type]) => type }),
        (ranges) => {
          const field = ranges
            .map(([type, quality, { upper, blank, digits, charset }]) => {
              const name = upper ? type.toUpperCase() : type;
              const asked = charset && type === 'text/plain' ? `;${blank}charset="UTF-8"` : '';
              const q = quality === 1 ? '' : `${blank};${blank}q=${quality.toFixed(3)}`;
              return `${blank}${name}${asked}${q}${blank}${digits > 2 ? ';' : ''}`;
            })
            .join(',');
          const wishes = ranges.map(([type, quality]) => ({ type, quality }));
          const text = weightOf(wishes, 'text/plain', 'text/*', '*/*');
          const json = ['application/problem+json', 'application/json', 'application/*', '*/*'];
          const problem = weightOf(wishes, ...json);
          expect(prefersPlainText(field)).toBe(text > problem);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ['text/plain', true],
    ['application/json, text/plain', false],
    ['text/*', true],
    ['TEXT/Plain; Q=1.000', true],
    ['text/plain;charset=utf-8', true],
    ['text/plain;charset="UTF-8";q=0.9, */*;q=0.1', true],
    ['text/plain;q=0.9, application/*;q=0.1', true],
    ['application/problem+json;q=0, */*', true],
    ['application/problem+json;q=0.5, text/plain;q=0.501', true],
    ['text/plain, text/plain;q=0.1, */*;q=0.5', true],
    ['a/b;c="text/html, x", text/plain', true],
    ['"text/plain', false],
    ['*/*', false],
    ['text/plain, */*', false],
    ['text/plain, application/problem+json', false],
    ['text/plain;q=0.5, application/problem+json', false],
    ['text/plain;q=0', false],
    ['text/plain;q=0, text/*', false],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', false],
    ['application/json, text/plain, */*', false],
    ['text/plain;format=flowed', false],
    ['text/plain;charset=latin1', false],
    ['a/b;c="text/plain, text/plain"', false],
    ['text/plain;q=2', false],
    ['text/plain;q=0.1234', false],
    ['text/plain;q=', false],
    ['text/plain;q', false],
    ['text/plain;q=-1', false],
    ['text/plain x', false],
    ['plain', false],
    ['', false],
    [undefined, false],
    [['text/plain'], false],
  ])('%j: %j', (field, preferred) => {
    expect(prefersPlainText(field as never)).toBe(preferred);
  });

  it('by a malformed range it is not, but by those beside it', () => {
    expect(prefersPlainText('text/plain;q=x, text/*;q=0.5')).toBe(true);
    expect(prefersPlainText('application/problem+json;=, text/*;q=0.5')).toBe(true);
  });

  it('never by a field that is longer than 2,048 characters', () => {
    expect(prefersPlainText('text/plain'.padEnd(2_048))).toBe(true);
    expect(prefersPlainText('text/plain'.padEnd(2_049))).toBe(false);
  });

  it('or not; reading never throws', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'*/tex,;q=01. "\\\t\u0000é'.split('')) });
    fc.assert(
      fc.property(letters, (field) => {
        expect(prefersPlainText(field)).toBeTypeOf('boolean');
      }),
    );
  });

  it.each([
    ',',
    ';',
    '"',
    String.raw`\"`,
    '*/*,',
    'a/b;c="',
    ';q=',
    ' ',
    'text/plain;charset=utf-8,',
  ])('or not, in less than 1 ms, also in a long run of %j', (text) => {
    for (const field of [text.repeat(2_048 / text.length), text.repeat(65_536)]) {
      const times = Array.from({ length: 7 }, () => {
        const start = performance.now();
        prefersPlainText(field);
        return performance.now() - start;
      });
      expect(Math.min(...times)).toBeLessThan(1);
    }
  });
});
