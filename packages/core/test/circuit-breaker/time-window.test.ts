import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimeWindow } from '../../src/circuit-breaker/time-window.ts';
import { FAILURE, SLOW, SUCCESS, type Outcome } from '../../src/circuit-breaker/window.ts';
import { bytesLeftBy } from '../support/heap.ts';
import { countsIn, countsOf, outcome, type Counts } from '../support/outcomes.ts';
import { spread } from '../support/spread.ts';

interface Recorded {
  readonly at: number;
  readonly outcome: Outcome;
}

interface Step {
  readonly afterMs: number;
  readonly outcome: Outcome | undefined;
}

interface Geometry {
  readonly slices: number;
  readonly sliceMs: number;
}

const geometry = fc.record({
  slices: fc.integer({ min: 1, max: 12 }),
  sliceMs: fc.integer({ min: 1, max: 50 }),
});

/** Mostly short steps, now and then an idle time longer than any window. */
const afterMs = fc.oneof(
  { weight: 8, arbitrary: fc.nat(60) },
  { weight: 1, arbitrary: fc.nat(100_000) },
);
const steps = fc.array(
  fc.record({ afterMs, outcome: fc.option(outcome, { nil: undefined, freq: 4 }) }),
  { maxLength: 60 },
);
const start = fc.nat(1_000_000);

const windowOf = ({ slices, sliceMs }: Geometry): TimeWindow =>
  new TimeWindow(slices * sliceMs, slices);

/** What counts at `now`: everything whose slice is one of the last ones. */
const live = (list: readonly Recorded[], now: number, of: Geometry): readonly Outcome[] =>
  list
    .filter(({ at }) => Math.floor(now / of.sliceMs) - Math.floor(at / of.sliceMs) < of.slices)
    .map((each) => each.outcome);

/** Walks the window and the list through the same steps and hands both to a look after each. */
const walk = (
  of: Geometry,
  from: number,
  path: readonly Step[],
  look: (window: TimeWindow, list: readonly Recorded[], now: number) => void,
): void => {
  const window = windowOf(of);
  const list: Recorded[] = [];
  let now = from;
  window.advance(now);
  for (const step of path) {
    now += step.afterMs;
    if (step.outcome !== undefined) {
      window.record(step.outcome, now);
      list.push({ at: now, outcome: step.outcome });
    }
    look(window, list, now);
  }
};

describe('the time window', () => {
  it('counts what lies in its last slices, also after a long idle time', () => {
    const property = fc.property(geometry, start, steps, (of, from, path) => {
      walk(of, from, path, (window, list, now) => {
        expect(window.countsAt(now)).toEqual(countsOf(live(list, now, of)));
      });
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('has the same counts in its fields once it has been moved to now', () => {
    const property = fc.property(geometry, start, steps, (of, from, path) => {
      walk(of, from, path, (window, list, now) => {
        window.advance(now);
        expect(countsIn(window)).toEqual(countsOf(live(list, now, of)));
      });
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('previews exactly what a record would leave', () => {
    const property = fc.property(geometry, start, steps, outcome, (of, from, path, next) => {
      walk(of, from, path, (window, list, now) => {
        const recorded = [...list, { at: now, outcome: next }];
        expect(window.preview(next, now)).toEqual(countsOf(live(recorded, now, of)));
      });
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('is not changed by reading it at any time', () => {
    const property = fc.property(geometry, start, steps, afterMs, (of, from, path, ahead) => {
      const unread: Counts[] = [];
      walk(of, from, path, (window, _, now) => unread.push(window.countsAt(now)));
      const read: Counts[] = [];
      walk(of, from, path, (window, _, now) => {
        window.countsAt(now + ahead);
        window.preview(FAILURE, now + ahead);
        window.contents(now + ahead);
        read.push(window.countsAt(now));
      });
      expect(read).toEqual(unread);
    });
    fc.assert(property);
  });

  it('gives contents that restore it at the same moment', () => {
    const property = fc.property(geometry, start, steps, afterMs, (of, from, path, ahead) => {
      walk(of, from, path, (window, _, now) => {
        const copy = windowOf(of);
        for (const slice of window.contents(now)) copy.restore(slice, now);
        expect(copy.contents(now)).toEqual(window.contents(now));
        expect(copy.countsAt(now + ahead)).toEqual(window.countsAt(now + ahead));
      });
    });
    fc.assert(property);
  });

  it('counts an outcome for the span, less one slice at most', () => {
    const property = fc.property(
      spread(1, 60_000),
      fc.integer({ min: 1, max: 50 }),
      spread(0, 1_000_000),
      spread(0, 1),
      (spanMs, slices, at, share) => {
        const window = new TimeWindow(spanMs, slices);
        window.record(FAILURE, at);
        const shortest = spanMs - spanMs / slices;
        // A hair away from the borders, where rounding may decide either way.
        expect(window.countsAt(at + shortest * share * 0.999).total).toBe(1);
        expect(window.countsAt(at + spanMs * 1.001 + share).total).toBe(0);
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  it('keeps its counts when the clock goes back', () => {
    const window = new TimeWindow(1_000, 10);
    window.record(FAILURE, 950);
    window.record(SLOW, 10);
    window.advance(0);
    expect(window.countsAt(950)).toEqual({ total: 2, failures: 1, slow: 1 });
  });

  it('forgets everything when it is cleared', () => {
    const window = new TimeWindow(1_000, 10);
    window.record(FAILURE, 100);
    window.record(SLOW, 500);
    window.clear();
    expect(countsIn(window)).toEqual({ total: 0, failures: 0, slow: 0 });
    expect(window.contents(500)).toEqual([]);
  });

  it('takes no slice that is older than the span', () => {
    const window = new TimeWindow(1_000, 10);
    window.restore({ middleMs: 50, total: 3, failures: 3, slow: 0 }, 1_050);
    expect(window.countsAt(1_050).total).toBe(0);
    window.restore({ middleMs: 150, total: 3, failures: 3, slow: 0 }, 1_050);
    expect(window.countsAt(1_050).total).toBe(3);
  });

  it('takes no more memory for more calls', () => {
    const window = new TimeWindow(10_000, 10);
    const bytes = bytesLeftBy(() => {
      for (let call = 0; call < 300_000; call++) window.record(SUCCESS, call / 10);
    });
    expect(bytes).toBeLessThan(100_000);
  });
});
