import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffDelay, backoffOf, customDelay, type Backoff } from '../../src/retry/backoff.ts';
import { expectInvalid } from '../support/invalid-option.ts';
import { roll, spread } from '../support/spread.ts';

const NEARLY_ONE = 1 - 2 ** -53;

const retry = fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1 }));
/** Also one beyond all use. */
const orHuge = (usual: fc.Arbitrary<number>): fc.Arbitrary<number> =>
  fc.oneof(
    { weight: 4, arbitrary: usual },
    { weight: 1, arbitrary: fc.constant(Number.MAX_VALUE) },
  );
const ms = orHuge(spread(0, 1e6));
const kind = fc.constantFrom<Backoff['kind'][]>('exponential', 'linear', 'constant');
const factor = orHuge(spread(1, 5));
const ratio = spread(0.001, 1);

/** Of any kind, with a jitter that does not look at the delay before. */
const backoffWith = <J extends Backoff['jitter']>(
  jitter: fc.Arbitrary<J>,
): fc.Arbitrary<Backoff & { readonly jitter: J }> =>
  fc.record({ kind, baseMs: ms, factor, maxMs: ms, jitter });

const anyJitter = fc.oneof(
  fc.constantFrom<Backoff['jitter'][]>('none', 'full', 'equal', 'decorrelated'),
  ratio,
);
const none = fc.constant<'none'>('none');

/** Two numbers, the smaller first. */
const pairOf = (number: fc.Arbitrary<number>): fc.Arbitrary<readonly [number, number]> =>
  fc.tuple(number, number).map(([one, other]) => [Math.min(one, other), Math.max(one, other)]);

/** One step of growth, by hand: what the delay before jitter becomes from one retry to the next. */
const STEP: Record<Backoff['kind'], (delay: number, of: Backoff) => number> = {
  constant: (delay) => delay,
  linear: (delay, { baseMs }) => delay + baseMs,
  exponential: (delay, of) => delay * of.factor,
};

/** The delay before jitter, step by step. */
const stepped = (of: Backoff, count: number): number => {
  let delay = of.baseMs;
  for (let step = 1; step < count && delay > 0 && delay < of.maxMs; step++) {
    delay = STEP[of.kind](delay, of);
  }
  return Math.min(delay, of.maxMs);
};

const wholeOf = (of: Backoff, count: number): number =>
  backoffDelay({ ...of, jitter: 'none' }, count, 0, 0.5);

/** Room for the last bit of a number. */
const close = (value: number): number => value * 1e-12;

describe('the delay before a retry', () => {
  it('without jitter grows as its kind says, up to the maximum', () => {
    const usual: fc.Arbitrary<Backoff> = fc.record({
      kind,
      baseMs: fc.integer({ min: 0, max: 1_000 }),
      factor: spread(1, 5),
      maxMs: fc.integer({ min: 0, max: 1e9 }),
      jitter: none,
    });
    const property = fc.property(
      usual,
      fc.integer({ min: 1, max: 100 }),
      roll,
      (of, count, chance) => {
        const expected = stepped(of, count);
        const delay = backoffDelay(of, count, 70, chance);
        expect(Math.abs(delay - expected)).toBeLessThanOrEqual(expected * 1e-9);
      },
    );
    fc.assert(property, { numRuns: 500 });
  });

  it('lies between 0 and the whole with full jitter, and in its upper half with equal jitter', () => {
    const property = fc.property(backoffWith(none), retry, roll, (of, count, chance) => {
      const whole = wholeOf(of, count);
      const full = backoffDelay({ ...of, jitter: 'full' }, count, 0, chance);
      const equal = backoffDelay({ ...of, jitter: 'equal' }, count, 0, chance);
      expect(full).toBeGreaterThanOrEqual(0);
      expect(full).toBeLessThanOrEqual(whole);
      expect(equal).toBeGreaterThanOrEqual(whole / 2);
      expect(equal).toBeLessThanOrEqual(whole);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('lies within 1 ± the ratio of the whole, whose middle is held back at the maximum', () => {
    const property = fc.property(backoffWith(ratio), retry, roll, (of, count, chance) => {
      const middle = Math.min(wholeOf(of, count), of.maxMs / (1 + of.jitter));
      const delay = backoffDelay(of, count, 0, chance);
      expect(delay).toBeGreaterThanOrEqual(middle * (1 - of.jitter) - close(middle));
      expect(delay).toBeLessThanOrEqual(middle * (1 + of.jitter) + close(middle));
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('is still spread at the maximum, over the whole ratio', () => {
    const property = fc.property(ratio, fc.integer({ min: 1, max: 1e6 }), (jitter, maxMs) => {
      const of: Backoff = { ...backoffOf({ baseMs: 1e9, maxMs }), jitter };
      const [least, most] = [0, NEARLY_ONE].map((chance) => backoffDelay(of, 9, 0, chance));
      expect(most).toBeCloseTo(maxMs, 6);
      expect(least).toBeCloseTo((maxMs * (1 - jitter)) / (1 + jitter), 6);
    });
    fc.assert(property);
  });

  it('with decorrelated jitter lies between the base and three times the delay before', () => {
    const jitter = fc.constant<'decorrelated'>('decorrelated');
    const property = fc.property(
      backoffWith(jitter),
      retry,
      ms,
      roll,
      (of, count, before, chance) => {
        const previous = before === 0 ? of.baseMs : before;
        const least = Math.min(of.baseMs, of.maxMs);
        const most = Math.min(of.maxMs, Math.max(of.baseMs, previous * 3));
        const delay = backoffDelay(of, count, before, chance);
        expect(delay).toBeGreaterThanOrEqual(least);
        expect(delay).toBeLessThanOrEqual(most);
      },
    );
    fc.assert(property, { numRuns: 500 });
  });

  it('with decorrelated jitter reaches both ends, and grows with the delay before alone', () => {
    const of = backoffOf({ baseMs: 100, maxMs: 10_000, jitter: 'decorrelated' });
    expect([0, 0.5].map((chance) => backoffDelay(of, 1, 0, chance))).toEqual([100, 200]);
    expect([0, 0.5].map((chance) => backoffDelay(of, 9, 300, chance))).toEqual([100, 500]);
    expect(backoffDelay(of, 2, 900, 0.5)).toBe(backoffDelay(of, 7, 900, 0.5));
  });

  it('with decorrelated jitter is still spread at the maximum', () => {
    const of = backoffOf({ baseMs: 100, maxMs: 10_000, jitter: 'decorrelated' });
    const delays = [0, 0.5, 0.75].map((chance) => backoffDelay(of, 9, 10_000, chance));
    expect(delays).toEqual([100, 5_050, 7_525]);
  });

  it('grows with each retry, or stays', () => {
    const jitter = fc.oneof(fc.constantFrom<Backoff['jitter'][]>('none', 'full', 'equal'), ratio);
    const property = fc.property(backoffWith(jitter), retry, roll, (of, count, chance) => {
      const delay = backoffDelay(of, count, 0, chance);
      expect(backoffDelay(of, count + 1, 0, chance)).toBeGreaterThanOrEqual(delay);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('grows with the roll, or stays', () => {
    const inputs = [backoffWith(anyJitter), retry, ms, pairOf(roll)] as const;
    const property = fc.property(...inputs, (of, count, before, [low, high]) => {
      const delay = backoffDelay(of, count, before, low);
      expect(backoffDelay(of, count, before, high)).toBeGreaterThanOrEqual(delay);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('grows with the delay before, or stays', () => {
    const inputs = [backoffWith(anyJitter), retry, roll, pairOf(ms)] as const;
    const property = fc.property(...inputs, (of, count, chance, befores) => {
      // Below the base nothing was before: 0 says so, and the base stands in its place.
      const [short, long] = befores.map((before) => Math.max(before, of.baseMs));
      const delay = backoffDelay(of, count, short ?? 0, chance);
      expect(backoffDelay(of, count, long ?? 0, chance)).toBeGreaterThanOrEqual(delay);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('is always finite, never negative and never above the maximum', () => {
    const property = fc.property(
      backoffWith(anyJitter),
      retry,
      ms,
      roll,
      (of, count, before, chance) => {
        const delay = backoffDelay(of, count, before, chance);
        expect(delay).toSatisfy(Number.isFinite);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(of.maxMs);
      },
    );
    fc.assert(property, { numRuns: 2_000 });
  });

  it('spreads over the whole range with full jitter', () => {
    const of = backoffOf({ baseMs: 100, maxMs: 1_000 });
    expect([0, 0.25, 0.5].map((chance) => backoffDelay(of, 2, 0, chance))).toEqual([0, 50, 100]);
  });
});

describe('a backoff of one’s own', () => {
  it('is asked with the number of the retry and the delay before', () => {
    const asked: number[][] = [];
    const own = (...args: number[]): number => {
      asked.push(args);
      return 70;
    };
    expect([customDelay(own, 1, 0), customDelay(own, 2, 70)]).toEqual([70, 70]);
    expect(asked).toEqual([
      [1, 0],
      [2, 70],
    ]);
  });

  it.each([-1, Number.NaN, Infinity, -Infinity])('may not answer %d', (value) => {
    const complaint = { type: RangeError, option: 'backoff()', value };
    expectInvalid(() => customDelay(() => value, 1, 0), complaint);
  });

  it.each(['100', undefined, null, 100n, {}])('may not answer %o', (value) => {
    const own = (() => value) as () => never;
    const complaint = { type: TypeError, option: 'backoff()', value };
    expectInvalid(() => customDelay(own, 1, 0), complaint);
  });
});

describe('the options of a backoff', () => {
  it('have defaults', () => {
    expect(backoffOf({})).toEqual({
      kind: 'exponential',
      baseMs: 100,
      factor: 2,
      maxMs: 2_000,
      jitter: 'full',
    });
  });

  it.each(['none', 'full', 'equal', 0.001, 1] as const)(
    'any kind may have the jitter %o',
    (jitter) => {
      for (const each of ['exponential', 'linear', 'constant'] as const)
        expect(backoffOf({ kind: each, jitter })).toMatchObject({ kind: each, jitter });
    },
  );

  it('decorrelated jitter, which replaces the growth, is for the kind exponential alone', () => {
    expect(backoffOf({ jitter: 'decorrelated' })).toMatchObject({ jitter: 'decorrelated' });
    for (const each of ['linear', 'constant'] as const) {
      const complaint = { type: RangeError, option: 'backoff.jitter', value: 'decorrelated' };
      expectInvalid(() => backoffOf({ kind: each, jitter: 'decorrelated' }), complaint);
    }
  });

  it.each([
    { given: { baseMs: -1 }, option: 'backoff.baseMs', value: -1, type: RangeError },
    {
      given: { baseMs: Number.NaN },
      option: 'backoff.baseMs',
      value: Number.NaN,
      type: RangeError,
    },
    { given: { maxMs: Infinity }, option: 'backoff.maxMs', value: Infinity, type: RangeError },
    { given: { factor: 0.5 }, option: 'backoff.factor', value: 0.5, type: RangeError },
    { given: { baseMs: '1' }, option: 'backoff.baseMs', value: '1', type: TypeError },
    { given: { kind: 'cubic' }, option: 'backoff.kind', value: 'cubic', type: TypeError },
    { given: { jitter: 'some' }, option: 'backoff.jitter', value: 'some', type: TypeError },
    { given: { jitter: true }, option: 'backoff.jitter', value: true, type: TypeError },
    { given: { jitter: 0 }, option: 'backoff.jitter', value: 0, type: RangeError },
    { given: { jitter: 1.1 }, option: 'backoff.jitter', value: 1.1, type: RangeError },
    { given: { base: 1 }, option: 'backoff.base', value: 1, type: TypeError },
  ])('are refused by name: $option = $value', ({ given, ...complaint }) => {
    expectInvalid(() => backoffOf(given as object), complaint);
  });
});
