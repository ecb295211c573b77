import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assertOptions,
  booleanOf,
  nameOf,
  numberIn,
  oneOf,
  type NumberRange,
} from '../../src/options/validate.ts';
import { errorOf, expectInvalid } from '../support/invalid-option.ts';

const limit = fc.option(fc.integer({ min: -5, max: 5 }), { nil: undefined });
const anyNumber = fc.oneof(
  fc.integer({ min: -7, max: 7 }),
  fc.double({ min: -7, max: 7 }),
  fc.constantFrom(Number.NaN, Infinity, -Infinity, -0),
);

/** Each limit as a sentence of its own. */
const isAllowed = (value: number, range: NumberRange): boolean =>
  [
    Number.isFinite(value),
    range.whole !== true || Math.trunc(value) === value,
    range.min === undefined || value >= range.min,
    range.max === undefined || value <= range.max,
    range.above === undefined || value > range.above,
    range.below === undefined || value < range.below,
  ].every(Boolean);

const expectNumber = (value: number, range: NumberRange): void => {
  if (isAllowed(value, range)) {
    expect(numberIn('size', value, range)).toBe(value);
    return;
  }
  const error = errorOf(() => numberIn('size', value, range));
  expect(error).toBeInstanceOf(RangeError);
  const limits = Object.values(range).filter((each) => typeof each === 'number');
  for (const each of limits) expect(error.message).toContain(String(each));
};

describe('a number with a range', () => {
  it('is returned when it lies inside and refused by name otherwise', () => {
    const ranges = fc.record({
      min: limit,
      max: limit,
      above: limit,
      below: limit,
      whole: fc.boolean(),
    });
    const property = fc.property(anyNumber, ranges, (value, { whole, ...limits }) => {
      const named = Object.entries(limits).filter(([, each]) => each !== undefined);
      const range: NumberRange = { whole, ...Object.fromEntries(named) };
      expectNumber(value, range);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('is refused as a wrong type when it is none', () => {
    const notNumber = fc.anything().filter((value) => typeof value !== 'number');
    const property = fc.property(notNumber, (value) => {
      expect(errorOf(() => numberIn('size', value, {}))).toBeInstanceOf(TypeError);
    });
    fc.assert(property);
  });
});

describe('the other kinds of option', () => {
  it('say what they were given', () => {
    const hostile = { toString: () => 'never asked' };
    expectInvalid(() => booleanOf('eager', 'yes'), {
      type: TypeError,
      option: 'eager',
      value: 'yes',
    });
    expectInvalid(() => nameOf('name', ''), { type: TypeError, option: 'name', value: '' });
    expectInvalid(() => nameOf('name', hostile), {
      type: TypeError,
      option: 'name',
      value: hostile,
    });
    expectInvalid(() => oneOf('jitter', 'some', ['none', 'full'] as never), {
      type: TypeError,
      option: 'jitter',
      value: 'some',
    });
  });

  it('show values that cannot be turned into text', () => {
    const values = [Symbol('x'), Object.create(null) as unknown, 5n, new Map(), []];
    for (const value of values) {
      expect(() => nameOf('name', value)).toThrow(
        /^option "name" is .+; allowed: a non-empty string$/,
      );
    }
  });

  it('are returned as they came when they are right', () => {
    expect([booleanOf('a', false), nameOf('a', 'b'), oneOf('a', 'c', ['c'])]).toEqual([
      false,
      'b',
      'c',
    ]);
  });
});

describe('an options object', () => {
  it('may hold known keys only, and those need not be there', () => {
    const keys = fc.array(fc.string(), { maxLength: 6 });
    const property = fc.property(keys, keys, (known, given) => {
      const options = Object.fromEntries(given.map((key) => [key, 1]));
      const unknown = Object.keys(options).find((key) => !known.includes(key));
      const act = () => assertOptions('thing', options, known);
      const complaint = { type: TypeError, option: `thing.${unknown}`, value: 1 };
      if (unknown === undefined) act();
      else expectInvalid(act, complaint);
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('may come without a prototype and from a class', () => {
    class Options {
      readonly size = 1;
    }
    const bare = Object.assign(Object.create(null) as object, { size: 1 });
    expect(() => assertOptions('thing', bare, ['size'])).not.toThrow();
    expect(() => assertOptions('thing', new Options(), ['size'])).not.toThrow();
  });
});
