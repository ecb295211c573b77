import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ElementsFromRight } from '../../../src/http/client-key/elements-from-right.ts';

const elementsOf = (value: string): string[] => {
  const elements = new ElementsFromRight(value);
  const found: string[] = [];
  for (let next = elements.next(); next !== undefined; next = elements.next()) found.push(next);
  return found;
};

const plain = fc.string({ unit: fc.constantFrom(...'abc.:=;[]_'.split('')), minLength: 1 });
const quoted = fc
  .array(
    fc.constantFrom('a', ',', ' ', ';', '=', '\t', String.raw`\"`, String.raw`\\`, String.raw`\,`),
  )
  .map((parts) => `for="${parts.join('')}"`);
const element = fc.oneof(
  plain,
  quoted,
  fc.tuple(quoted, plain).map((pair) => pair.join(';')),
);
const blank = fc.constantFrom('', ' ', '\t', '  ');
const comma = fc
  .tuple(blank, fc.constantFrom(',', ', ,', ',,'), blank)
  .map((parts) => parts.join(''));
const letters = fc.string({
  unit: fc.constantFrom(...'",\\;= \tabc=[]é\u{1F600}'.split('')),
  maxLength: 40,
});

describe('the elements of a list, from the right', () => {
  it('are those that were written, the last one first', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(element, comma)), blank, (pairs, edge) => {
        const value = edge + pairs.map((pair) => pair.join('')).join('');
        const expected = pairs.map(([text]) => text).reverse();
        expect(elementsOf(value)).toEqual(expected);
        expect(elementsOf(`,${value.replace(/[\t ,]+$/, '')}`)).toEqual(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it('are the same whatever stands further left', () => {
    fc.assert(
      fc.property(letters, fc.array(element, { minLength: 1 }), comma, (left, texts, between) => {
        const value = `${left},${texts.join(between)}`;
        expect(elementsOf(value).slice(0, texts.length)).toEqual(texts.toReversed());
      }),
      { numRuns: 2_000 },
    );
  });

  it('are not read further than asked', () => {
    const elements = new ElementsFromRight(`${'x'.repeat(65_536)},b,a`);
    expect([elements.next(), elements.next(), elements.next()]).toEqual(['a', 'b', '']);
  });

  it('are looked for 1,024 letters far; a longer one is an empty text', () => {
    const longest = 'x'.repeat(1_023);
    expect(elementsOf(`a,${longest}`)).toEqual([longest, 'a']);
    expect(elementsOf(`${longest}x`)).toEqual([`${longest}x`]);
    expect(elementsOf(`a,${longest}x`)[0]).toBe('');
    expect(elementsOf(`a, ${longest}`)[0]).toBe('');
    expect(elementsOf(`a,${longest},`)[0]).toBe('');
    expect(elementsOf(`a${','.repeat(1_023)}`)).toEqual(['a']);
    expect(elementsOf(`aa${','.repeat(1_023)}`)[0]).toBe('');
    expect(elementsOf(`a${','.repeat(1_024)}`)[0]).toBe('');
    expect(elementsOf(`for="${','.repeat(2_000)}"`)[0]).toBe('');
  });

  it('cost no more however long the last of them is', () => {
    const value = Buffer.alloc(2 ** 24, 'x').toString('latin1');
    const times = Array.from({ length: 5 }, () => {
      const start = performance.now();
      expect(new ElementsFromRight(value).next()).toBe('');
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(2);
  });

  it.each(['', ' ', ',', ' , ,\t,', ','.repeat(100)])('are none in %j', (value) => {
    expect(elementsOf(value)).toEqual([]);
  });
});
