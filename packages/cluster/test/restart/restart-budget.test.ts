import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { spread } from '../../../core/test/support/spread.ts';
import { RestartBudget } from '../../src/restart/restart-budget.ts';

const terms = fc.record({
  restarts: fc.integer({ min: 0, max: 5 }),
  windowMs: fc.integer({ min: 1, max: 100 }),
});
const step = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60 }));
const anyStep = fc.oneof(step, fc.integer({ min: -200, max: 200 }));

describe('the budget of restarts', () => {
  it('grants as many as a list of all restarts allows, whenever they are asked for', () => {
    const property = fc.property(terms, fc.array(step, { maxLength: 60 }), (of, steps) => {
      const budget = new RestartBudget(of);
      const granted: number[] = [];
      let now = 1_000;
      for (const passed of steps) {
        now += passed;
        const inWindow = granted.filter((at) => at > now - of.windowMs);
        expect(budget.left(now)).toBe(of.restarts - inWindow.length);
        const isLeft = inWindow.length < of.restarts;
        expect(budget.take(now)).toBe(isLeft ? 0 : (inWindow[0] ?? now) + of.windowMs - now);
        if (isLeft) granted.push(now);
      }
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('is never exceeded in any window of time that really passed, though the clock is set back', () => {
    const property = fc.property(terms, fc.array(anyStep, { maxLength: 80 }), (of, steps) => {
      const budget = new RestartBudget(of);
      const granted: number[] = [];
      let now = 1_000;
      let passed = 0;
      for (const move of steps) {
        now += move;
        passed += Math.max(0, move);
        const waitMs = budget.take(now);
        if (waitMs === 0) granted.push(passed);
        expect(waitMs).toBeLessThanOrEqual(of.windowMs);
      }
      for (const end of granted) {
        const together = granted.filter((at) => at <= end && at > end - of.windowMs);
        expect(together.length).toBeLessThanOrEqual(of.restarts);
      }
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('has one for whoever comes back when it was told to, on a clock with fractions', () => {
    const fraction = spread(0, 1e6);
    const property = fc.property(fraction, spread(0.01, 1e5), (start, windowMs) => {
      const budget = new RestartBudget({ restarts: 1, windowMs });
      expect(budget.take(start)).toBe(0);
      const back = start + budget.take(start);
      const again = budget.take(back);
      // Rounding may cost one more turn, and never more.
      expect(again === 0 || budget.take(back + again) === 0).toBe(true);
    });
    fc.assert(property);
  });

  test('of none grants none, and says to ask again a window later', () => {
    const budget = new RestartBudget({ restarts: 0, windowMs: 60_000 });
    expect(budget.take(0)).toBe(60_000);
    expect(budget.take(60_000)).toBe(60_000);
    expect(budget.left(1e9)).toBe(0);
  });

  test('is not twice as large at the seam of two windows', () => {
    const budget = new RestartBudget({ restarts: 2, windowMs: 1_000 });
    expect([budget.take(990), budget.take(999), budget.take(1_000)]).toEqual([0, 0, 990]);
    expect([budget.take(1_989), budget.take(1_990)]).toEqual([1, 0]);
  });
});
