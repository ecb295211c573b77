import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/testing/index.ts';
import { expectInvalid } from '../support/invalid-option.ts';
import { spread } from '../support/spread.ts';

const rolls = (seed: number, count: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, random);
};

describe('seeded random', () => {
  test('gives the same numbers for the same seed, all of them in [0, 1)', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(100), (seed, count) => {
        const drawn = rolls(seed, count);
        expect(rolls(seed, count)).toEqual(drawn);
        expect(drawn.every((roll) => roll >= 0 && roll < 1)).toBe(true);
      }),
    );
  });

  test('gives other numbers for another seed', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (one, other) => {
        fc.pre(one >>> 0 !== other >>> 0);
        expect(rolls(one, 4)).not.toEqual(rolls(other, 4));
      }),
    );
  });

  test('takes of a seed its whole part, modulo 2^32', () => {
    fc.assert(
      fc.property(fc.nat(), spread(0, 0.9), (seed, fraction) => {
        expect(rolls(seed + fraction, 3)).toEqual(rolls(seed, 3));
        expect(rolls(seed + 4_294_967_296, 3)).toEqual(rolls(seed, 3));
      }),
    );
  });

  /** Chi-square over 16 bins has a mean of 15; one in a million draws of fair chance is above 56. */
  test.for([0, 1, 2, 42, -1, 2_147_483_648, 1_700_000_000_000])(
    'falls evenly, each roll and each pair of rolls, from seed %d',
    (seed) => {
      const drawn = rolls(seed, 32_000);
      const pairs = drawn.flatMap((roll, index) => {
        const next = drawn[index + 1];
        return index % 2 === 0 && next !== undefined ? [[roll, next] as const] : [];
      });
      const single = drawn.map((roll) => Math.floor(roll * 16));
      const paired = pairs.map(([a, b]) => Math.floor(a * 4) * 4 + Math.floor(b * 4));
      for (const bins of [single, paired]) {
        const expected = bins.length / 16;
        const counts = Array.from({ length: 16 }, (_, bin) => bins.filter((b) => b === bin).length);
        const chiSquare = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
        expect(chiSquare).toBeLessThan(56);
      }
    },
  );

  test('is mulberry32, so that a seed of today means the same tomorrow', () => {
    expect(rolls(0, 2)).toEqual([0.26642920868471265, 0.0003297457005828619]);
    expect(rolls(1, 1)).toEqual([0.6270739405881613]);
  });

  test.for([
    { value: Number.NaN, type: RangeError },
    { value: Infinity, type: RangeError },
    { value: '1', type: TypeError },
    { value: undefined, type: TypeError },
  ])('refuses $value as a seed', ({ value, type }) => {
    expectInvalid(() => seededRandom(value as number), { type, option: 'seed', value });
  });
});
