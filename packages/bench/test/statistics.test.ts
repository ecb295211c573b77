import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  isDistinguishable,
  median,
  quantile,
  shuffled,
  spreadOf,
} from '../src/harness/statistics.ts';

const sorted = (of: readonly number[]): number[] => of.toSorted((a, b) => a - b);

const values = fc.array(fc.integer(), { minLength: 1 });

it.each([
  [[3], 3],
  [[3, 1], 2],
  [[9, 1, 5], 5],
  [[4, 1, 3, 2], 2.5],
])('finds the median of %j', (of, expected) => {
  expect(median(of)).toBe(expected);
});

it('interpolates between neighbours', () => {
  expect(quantile([0, 10, 20, 30, 40], 0.1)).toBe(4);
  expect(spreadOf([0, 10, 20, 30, 40])).toEqual({ median: 20, p10: 4, p90: 36 });
});

it('throws on no values', () => {
  expect(() => quantile([], 0.5)).toThrow(RangeError);
});

it('keeps quantiles in order and inside the values', () => {
  fc.assert(
    fc.property(values, (of) => {
      const { median: middle, p10, p90 } = spreadOf(of);
      const ordered = [Math.min(...of), p10, middle, p90, Math.max(...of)];
      expect(ordered).toEqual(sorted(ordered));
    }),
  );
});

it('tells two medians apart only beyond the noise', () => {
  const noise = { median: 1, p10: 0.9, p90: 1.15 };
  expect(isDistinguishable(1.1, 1, noise)).toBe(false);
  expect(isDistinguishable(1, 1.1, noise)).toBe(false);
  expect(isDistinguishable(0.88, 1, noise)).toBe(false);
  expect(isDistinguishable(1.2, 1, noise)).toBe(true);
  expect(isDistinguishable(0.8, 1, noise)).toBe(true);
});

it('shuffles without losing or changing anything', () => {
  expect(shuffled([1, 2, 3], () => 0)).toEqual([1, 2, 3]);
  expect(shuffled([1, 2, 3], () => 0.999)).toEqual([3, 2, 1]);
  fc.assert(
    fc.property(fc.array(fc.integer()), (items) => {
      const before = [...items];
      expect(sorted(shuffled(items))).toEqual(sorted(before));
      expect(items).toEqual(before);
    }),
  );
});
