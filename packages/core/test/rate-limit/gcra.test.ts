import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { levelAt, notComeBack, roomAt, waitAt, type Rate } from '../../src/rate-limit/gcra.ts';
import { spread } from '../support/spread.ts';
import { keepsRate, runsOf, worstExcess, type ExactRate, type Taking } from './promises.ts';

/** A key as its two numbers say. */
class Key {
  readonly rate: Rate;
  level = 0;
  at: number;

  constructor(rate: Rate, now = 0) {
    this.rate = rate;
    this.at = now;
  }

  take(units: number, now: number): boolean {
    const level = levelAt(this.level, this.at, now, this.rate);
    if (roomAt(level, this.rate) < units) return false;
    this.level = level + units;
    this.at = now;
    return true;
  }

  waitMs(units: number, now: number): number {
    return waitAt(levelAt(this.level, this.at, now, this.rate), units, this.rate);
  }

  /** How long until a unit is there, not rounded up. */
  exactWaitMs(now: number): number {
    const missing = levelAt(this.level, this.at, now, this.rate) + 1 - this.rate.burst;
    return Math.max(0, missing / this.rate.unitsPerMs);
  }
}

const exactRate: fc.Arbitrary<ExactRate> = fc.record({
  units: fc.integer({ min: 1, max: 1_000 }),
  perSeconds: fc.constantFrom(1, 1, 3, 7, 60),
  burst: fc.integer({ min: 1, max: 30 }),
});

const rateOf = ({ units, perSeconds, burst }: ExactRate): Rate => ({
  unitsPerMs: units / perSeconds / 1_000,
  burst,
});

/** Gaps and units of calls; many at one time, many near the time in which a unit comes back. */
const traffic = fc.array(
  fc.record({
    gapMs: fc.oneof(
      fc.constant(0),
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ max: 5_000, min: 0 }),
    ),
    units: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 31 })),
  }),
  { maxLength: 80, size: 'max' },
);

describe('GCRA', () => {
  test('admits exactly what keeps every window within burst + rate × length', () => {
    fc.assert(
      fc.property(exactRate, traffic, (exact, calls) => {
        const key = new Key(rateOf(exact));
        const taken: Taking[] = [];
        let at = 0;
        for (const { gapMs, units } of calls) {
          at += gapMs;
          const allowed = keepsRate(taken, { at, units }, exact);
          expect(key.take(units, at)).toBe(allowed);
          if (allowed) taken.push({ at, units });
        }
      }),
      runsOf(2_000),
    );
  });

  test('keeps every window within it at times and rates that no number can hold exactly', () => {
    const anyRate = fc.record({
      unitsPerMs: fc.oneof(spread(1e-6, 1e3), fc.double({ min: 1e-6, max: 1e3, noNaN: true })),
      burst: fc.integer({ min: 1, max: 1_000 }),
    });
    // So little that only a tolerance that is too wide admits them.
    const EARLY_MS = 1e-5;
    const tooEarly = fc.constant('too early' as const);
    const gaps = fc.array(fc.oneof(spread(0, 50), tooEarly), { maxLength: 60, size: 'max' });
    fc.assert(
      fc.property(anyRate, gaps, spread(0, 1e9), (rate, moments, start) => {
        const key = new Key(rate, start);
        const taken: Taking[] = [];
        let at = start;
        for (const each of moments) {
          const gap = each === 'too early' ? Math.max(0, key.exactWaitMs(at) - EARLY_MS) : each;
          at += gap;
          const units = each === 'too early' ? 1 : 1 + (Math.floor(gap * 7) % rate.burst);
          while (key.take(units, at)) taken.push({ at, units });
        }
        const nanosecond = rate.unitsPerMs * 1e-6 + rate.burst * 1e-9;
        expect(worstExcess(taken.slice(-200), rate.unitsPerMs, rate.burst)).toBeLessThan(
          nanosecond,
        );
      }),
      runsOf(1_000),
    );
  });

  test('lets a whole burst through at one moment, whatever the rate and the time', () => {
    const rates = fc.double({ min: 1e-9, max: 1e6, noNaN: true });
    const moments = spread(0, 2e12);
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 999 }), moments, (unitsPerMs, burst, now) => {
        const key = new Key({ unitsPerMs, burst }, now);
        let admitted = 0;
        while (admitted <= burst && key.take(1, now)) admitted++;
        expect(admitted).toBe(burst);
      }),
      runsOf(1_000),
    );
  });

  test('does not drift when a key uses all it may for hours', () => {
    const key = new Key({ unitsPerMs: 0.7 / 3, burst: 10 }, 1_700_000_000_000);
    let admitted = 0;
    for (let ms = 0; ms <= 3_600_000; ms++) if (key.take(1, 1_700_000_000_000 + ms)) admitted++;
    expect(admitted).toBe(10 + 840_000);
  });

  test('tells a wait after which the units are there, and before which they are not', () => {
    fc.assert(
      fc.property(exactRate, traffic, (exact, calls) => {
        const key = new Key(rateOf(exact));
        let at = 0;
        for (const { gapMs, units } of calls) {
          at += gapMs;
          if (key.take(units, at) || units > exact.burst) continue;
          const waitMs = key.waitMs(units, at);
          expect(waitMs).toBeGreaterThan(0);
          const { level, at: since } = key;
          expect(key.take(units, at + waitMs - 0.002)).toBe(false);
          expect(key.take(units, at + waitMs)).toBe(true);
          Object.assign(key, { level, at: since });
        }
      }),
      runsOf(1_000),
    );
  });

  test('says 0 where the units are there', () => {
    expect(waitAt(7, 3, { unitsPerMs: 1, burst: 10 })).toBe(0);
    expect(waitAt(7.5, 3, { unitsPerMs: 1, burst: 10 })).toBe(0.5);
    expect(waitAt(0, 10, { unitsPerMs: 1, burst: 10 })).toBe(0);
  });

  test('counts whole units that are there, for whoever takes up to so many', () => {
    const rate = { unitsPerMs: 0.01, burst: 10 };
    const upTo = (level: number, want: number, min: number): number => {
      const granted = Math.min(want, roomAt(level, rate));
      return granted >= min ? granted : 0;
    };
    expect(upTo(0, 50, 1)).toBe(10);
    expect(upTo(6.5, 50, 1)).toBe(3);
    expect(upTo(6.5, 2, 1)).toBe(2);
    expect(upTo(6.5, 50, 4)).toBe(0);
  });

  test('has nothing come back while the clock steps back, and stands still no longer than that', () => {
    const rate = { unitsPerMs: 0.001, burst: 5 };
    expect(levelAt(3, 100_000, 70_000, rate)).toBe(3);
    const key = new Key(rate, 100_000);
    for (let call = 0; call < 5; call++) key.take(1, 100_000);
    expect(key.take(1, 70_000)).toBe(false);
    // A refused call writes the time back as well.
    key.at = 70_000;
    expect(key.waitMs(1, 70_000)).toBe(1_000);
    expect(key.take(1, 70_999)).toBe(false);
    expect(key.take(1, 71_000)).toBe(true);
  });

  test('gives back what was taken, less what has come back by itself', () => {
    const rate = { unitsPerMs: 0.001, burst: 10 };
    expect(notComeBack(2, 2, 0, rate)).toBe(2);
    expect(notComeBack(2, 2, 500, rate)).toBe(1.5);
    expect(notComeBack(2, 2, 2_500, rate)).toBe(0);
    // What was taken before them comes back first.
    expect(notComeBack(2, 5, 2_500, rate)).toBe(2);
  });
});
