import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CountWindow } from '../../src/circuit-breaker/count-window.ts';
import { FAILURE, SLOW, SUCCESS, type Outcome } from '../../src/circuit-breaker/window.ts';
import { bytesLeftBy } from '../support/heap.ts';
import { countsIn, countsOf, outcome } from '../support/outcomes.ts';

const size = fc.integer({ min: 1, max: 20 });
const outcomes = fc.array(outcome, { maxLength: 80 });

const filled = (length: number, recorded: readonly Outcome[]): CountWindow => {
  const window = new CountWindow(length);
  for (const each of recorded) window.record(each);
  return window;
};

describe('the count window', () => {
  it('holds the last outcomes, whatever is recorded and cleared', () => {
    const step = fc.oneof({ weight: 15, arbitrary: outcome }, fc.constant('clear' as const));
    const property = fc.property(size, fc.array(step, { maxLength: 100 }), (length, steps) => {
      const window = new CountWindow(length);
      let list: Outcome[] = [];
      for (const each of steps) {
        if (each === 'clear') window.clear();
        else window.record(each);
        list = each === 'clear' ? [] : [...list, each].slice(-length);
        expect(countsIn(window)).toEqual(countsOf(list));
        expect([...window.outcomes()]).toEqual(list);
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('previews exactly what a record would leave', () => {
    const property = fc.property(size, outcomes, outcome, (length, recorded, next) => {
      const window = filled(length, recorded);
      expect(window.preview(next)).toEqual(countsOf([...recorded, next].slice(-length)));
      window.record(next);
      expect(countsIn(window)).toEqual(countsOf([...recorded, next].slice(-length)));
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('is not changed by reading it', () => {
    const property = fc.property(size, outcomes, outcomes, (length, first, then) => {
      const [read, unread] = [filled(length, first), filled(length, first)];
      for (const each of then) {
        read.preview(FAILURE);
        expect([...read.outcomes()]).toEqual([...unread.outcomes()]);
        read.record(each);
        unread.record(each);
      }
      expect([...read.outcomes()]).toEqual([...unread.outcomes()]);
    });
    fc.assert(property);
  });

  it('gives its outcomes to a window of another size, which keeps the newest', () => {
    const property = fc.property(size, size, outcomes, (from, to, recorded) => {
      const copy = filled(to, [...filled(from, recorded).outcomes()]);
      expect([...copy.outcomes()]).toEqual(recorded.slice(-from).slice(-to));
    });
    fc.assert(property);
  });

  it('takes no more memory for more calls', () => {
    const window = filled(
      1_000,
      Array.from({ length: 1_000 }, () => SUCCESS),
    );
    const bytes = bytesLeftBy(() => {
      for (let call = 0; call < 300_000; call++) window.record(call % 3 === 0 ? SLOW : FAILURE);
    });
    expect(bytes).toBeLessThan(100_000);
    expect(window.total).toBe(1_000);
  });
});
