import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { consecutive, countWindow, timeWindow } from '../../src/index.ts';
import type { CircuitBreakerOptions } from '../../src/index.ts';
import type { TripRule } from '../../src/circuit-breaker/trip-rules.ts';
import { commandedStories, newWorld, play, standing, stories } from './model/script.ts';
import type { Action, World } from './model/script.ts';

beforeAll(() => void vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined));

/** One outcome after another, each some time after the last. */
interface Outcome {
  readonly ends: 'success' | 'failure';
  readonly tookMs: number;
  readonly afterMs: number;
}

const outcomes = fc.array(
  fc.record({
    ends: fc.constantFrom('success' as const, 'failure' as const),
    tookMs: fc.constantFrom(0, 5, 30),
    afterMs: fc.constantFrom(0, 4, 10, 60),
  }),
  { minLength: 1, maxLength: 40 },
);

const toActions = ({ ends, tookMs, afterMs }: Outcome): Action[] => [
  { do: 'begin' },
  { do: 'wait', ms: tookMs },
  { do: 'end', index: 0, ending: ends },
  { do: 'wait', ms: afterMs },
];

/** Which outcome trips first; `Infinity` when none does. */
const firstTrip = (trip: TripRule, story: readonly Outcome[]): number => {
  const world = newWorld({ trip, open: { baseMs: 60_000 } });
  for (const [index, outcome] of story.entries()) {
    play(world, toActions(outcome));
    if (world.breaker.state === 'OPEN') return index;
  }
  return Infinity;
};

const rules = fc.constantFrom<TripRule>(
  consecutive(2),
  consecutive(4),
  countWindow({ size: 5, failureRate: 0.5, minCalls: 3 }),
  countWindow({ size: 4, failureRate: 0.75, minCalls: 1 }),
  timeWindow({ spanMs: 200, slices: 4, failureRate: 0.4, minCalls: 3 }),
  timeWindow({ spanMs: 100, slices: 1, failureRate: 1, minCalls: 2 }),
);

/** Rules that look at rates from the first call on. */
const eagerRules = fc.constantFrom<TripRule>(
  countWindow({ size: 5, failureRate: 0.6, minCalls: 1 }),
  timeWindow({ spanMs: 200, slices: 4, failureRate: 0.7, minCalls: 1 }),
  consecutive(3),
);

const withEnd = (story: readonly Outcome[], at: number, ends: Outcome['ends']): Outcome[] =>
  story.map((outcome, index) => (index === at ? { ...outcome, ends } : outcome));

describe('what one outcome changes', () => {
  test('a success in the place of a failure never makes the first trip earlier', () => {
    const property = fc.property(rules, outcomes, fc.nat(39), (trip, story, place) => {
      const at = place % story.length;
      const better = firstTrip(trip, withEnd(story, at, 'success'));
      const worse = firstTrip(trip, withEnd(story, at, 'failure'));
      expect(better).toBeGreaterThanOrEqual(worse);
    });
    fc.assert(property, { numRuns: 500 });
  });

  test('a success put in between never makes the first trip earlier once rates are looked at', () => {
    const extra: Outcome = { ends: 'success', tookMs: 0, afterMs: 0 };
    const property = fc.property(eagerRules, outcomes, fc.nat(39), (trip, story, place) => {
      const at = place % story.length;
      const trips = firstTrip(trip, [...story.slice(0, at), extra, ...story.slice(at)]);
      const original = firstTrip(trip, story);
      expect(trips).toBeGreaterThanOrEqual(original < at ? original : original + 1);
    });
    fc.assert(property, { numRuns: 500 });
  });

  test('the order of outcomes inside one slice does not matter to the window', () => {
    const trip = timeWindow({ spanMs: 1000, slices: 2, minCalls: 1000 });
    const shuffled = outcomes.chain((story) =>
      fc.tuple(
        fc.constant(story),
        fc.shuffledSubarray(story, { minLength: story.length, maxLength: story.length }),
      ),
    );
    const windowAfter = (story: readonly Outcome[]): object | undefined => {
      const atOnce = story.map((outcome) => ({ ...outcome, tookMs: 0, afterMs: 0 }));
      return play(newWorld({ trip }), atOnce.flatMap(toActions)).breaker.snapshot().window;
    };
    const property = fc.property(shuffled, ([story, other]) => {
      expect(windowAfter(other)).toEqual(windowAfter(story));
    });
    fc.assert(property, { numRuns: 200 });
  });
});

/** Transitions without their reasons, and every answer. */
const withoutReasons = ({ trace }: World): unknown[][] =>
  trace.map((seen) => seen.filter((_, place) => seen[0] !== 'transition' || place !== 4));

const open = { baseMs: 100, maxMs: 400, stableForMs: 300 };
const options: Omit<CircuitBreakerOptions, 'name' | 'clock'> = {
  trip: [
    countWindow({ size: 4, failureRate: 0.5 }),
    timeWindow({
      spanMs: 400,
      slices: 4,
      minCalls: 3,
      slowMs: 50,
      slowRate: 0.5,
      failureRate: 0.8,
    }),
  ],
  open,
  halfOpen: {
    probes: 2,
    concurrency: 2,
    leaseMs: 150,
    allowedFailures: 1,
    ramp: { from: 0.25, overMs: 200 },
  },
};

describe('two ways to say the same', () => {
  test('a count window of n in which all must fail is consecutive(n)', () => {
    // Failures less than 10 ms apart are one for `consecutive`, so calls end further apart.
    const apart = stories.map((story) =>
      story.flatMap((action): Action[] =>
        action.do === 'end' ? [{ do: 'wait', ms: 10 }, action] : [action],
      ),
    );
    const property = fc.property(fc.integer({ min: 1, max: 4 }), apart, (n, story) => {
      const all = countWindow({ size: n, failureRate: 1, minCalls: n });
      const byWindow = play(newWorld({ trip: all, open }), story);
      const byStreak = play(newWorld({ trip: consecutive(n), open }), story);
      expect(withoutReasons(byWindow)).toEqual(withoutReasons(byStreak));
    });
    fc.assert(property, { numRuns: 300 });
  });

  test('a time window without end counts everything', () => {
    const trip = timeWindow({ spanMs: 1e12, slices: 1, failureRate: 0.5, minCalls: 5 });
    const property = fc.property(outcomes, (story) => {
      const total = (upTo: number): number => upTo + 1;
      const failures = (upTo: number): number =>
        story.slice(0, upTo + 1).filter(({ ends }) => ends === 'failure').length;
      const expected = story.findIndex(
        ({ ends }, at) => ends === 'failure' && total(at) >= 5 && failures(at) / total(at) >= 0.5,
      );
      expect(firstTrip(trip, story)).toBe(expected === -1 ? Infinity : expected);
    });
    fc.assert(property, { numRuns: 300 });
  });

  test('all durations times λ give the same trace, times λ', () => {
    const property = fc.property(stories, fc.constantFrom(2, 4, 1024), (story, lambda) => {
      const slowed = story.map((action) =>
        action.do === 'wait' ? { ...action, ms: action.ms * lambda } : action,
      );
      const scaled = play(newWorld(scale(lambda)), slowed).trace.map((seen) =>
        seen.map((part) => (typeof part === 'number' ? part / lambda : part)),
      );
      expect(scaled).toEqual(play(newWorld(options), story).trace);
    });
    fc.assert(property, { numRuns: 200 });
  });

  test('the same seed gives the same trace, and chance matters', () => {
    const seeded = (seed: number): Omit<CircuitBreakerOptions, 'name' | 'clock'> => {
      let state = seed;
      const random = (): number => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
      return { ...options, open: { ...open, jitter: 0.5 }, random };
    };
    const seen = new Set<string>();
    const property = fc.property(stories, fc.integer({ min: 1, max: 1e6 }), (story, seed) => {
      const { trace } = play(newWorld(seeded(seed)), story);
      expect(play(newWorld(seeded(seed)), story).trace).toEqual(trace);
      for (const [kind, , , to, , openForMs] of trace)
        if (kind === 'transition' && to === 'OPEN') seen.add(String(openForMs));
    });
    fc.assert(property, { numRuns: 200 });
    expect(seen.size).toBeGreaterThan(10);
  });
});

const scale = (lambda: number): typeof options => ({
  trip: [
    countWindow({ size: 4, failureRate: 0.5 }),
    timeWindow({
      spanMs: 400 * lambda,
      slices: 4,
      minCalls: 3,
      slowMs: 50 * lambda,
      slowRate: 0.5,
      failureRate: 0.8,
    }),
  ],
  open: { baseMs: 100 * lambda, maxMs: 400 * lambda, stableForMs: 300 * lambda },
  halfOpen: {
    ...options.halfOpen,
    leaseMs: 150 * lambda,
    ramp: { from: 0.25, overMs: 200 * lambda },
  },
});

describe('shadow', () => {
  test('moves as automatic does, and would refuse what automatic refuses', () => {
    const { ramp: _, ...halfOpen } = options.halfOpen ?? {};
    const property = fc.property(commandedStories, (story) => {
      const real = newWorld({ ...options, halfOpen });
      const shadow = newWorld({ ...options, halfOpen });
      const would: unknown[] = [];
      shadow.breaker.setMode('shadow');
      shadow.breaker.on('wouldRefuse', ({ code }) => void would.push(code));
      // The same calls must end in both, though only one of the two has permits for the refused ones.
      for (const action of story) playBoth(real, shadow, action);
      expect(transitionsOf(shadow)).toEqual(transitionsOf(real));
      expect(would).toEqual(
        real.trace.filter(([kind]) => kind === 'refused').map(([, code]) => code),
      );
      expect(standing(shadow)).toMatchObject({
        counters: { refused: 0, wouldRefuse: would.length },
      });
    });
    fc.assert(property, { numRuns: 300 });
  });
});

const transitionsOf = ({ trace }: World): unknown[][] =>
  trace.filter(([kind]) => kind === 'transition');

const playBoth = (real: World, shadow: World, action: Action): void => {
  play(real, [action]);
  play(shadow, [action]);
  if (action.do !== 'begin' || real.trace.at(-1)?.[0] !== 'refused') return;
  shadow.permits.pop()?.failure();
};
