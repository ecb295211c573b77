import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { circuitBreaker, consecutive, countWindow, timeWindow } from '../../src/index.ts';
import type { CircuitBreaker } from '../../src/index.ts';
import { virtualClock } from '../../src/testing/virtual-clock.ts';
import { settings } from './model/arbitraries.ts';
import { busyOptions as options } from './model/busy-options.ts';
import { permitSteps } from './model/commands.ts';
import { reach } from './model/run-model.ts';
import { commandedStories, newWorld, play, standing } from './model/script.ts';
import type { World } from './model/script.ts';

beforeAll(() => void vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined));

/** Steps after which a restore would not stand: the breaker is disposed, or a listener acts on it. */
const BUSY = /^(dispose|on\()/;

/** A story that leaves no call in flight. */
const settled = (world: World): World => {
  for (const permit of world.permits.splice(0)) permit.ignore();
  return world;
};

/** What will be seen from here on; counters and the streak begin anew in a restored breaker. */
const future = (world: World, story: Parameters<typeof play>[1]): object => {
  world.trace.length = 0;
  const { counters: before } = world.breaker.snapshot();
  play(world, story);
  const {
    counters: _,
    consecutiveFailures: __,
    ...rest
  } = Object.assign({ counters: 0, consecutiveFailures: 0 }, standing(world));
  const { counters } = world.breaker.snapshot();
  return {
    trace: world.trace,
    rest,
    admitted: counters.admitted - before.admitted,
    refused: counters.refused - before.refused,
  };
};

describe('save and restore', () => {
  test('a breaker in another process goes on where the saved one stood', () => {
    const property = fc.property(commandedStories, commandedStories, (past, story) => {
      const original = settled(play(newWorld(options), past));
      const start = original.clock.now();
      const other = newWorld(options, start);
      // Half-open is saved as open with nothing left, which the original becomes by its own restore.
      if (original.breaker.state === 'HALF_OPEN') original.breaker.restore(original.breaker.save());
      other.clock.jumpWall(original.clock.wallNow() - other.clock.wallNow());
      other.breaker.restore(JSON.parse(JSON.stringify(original.breaker.save())));
      const seenByOriginal = future(original, story);
      const seenByOther = future(other, story);
      expect(shifted(seenByOther, start)).toEqual(seenByOriginal);
    });
    fc.assert(property, { numRuns: 300 });
  });

  test('what is saved is plain JSON, and restoring it at once gives the same again', () => {
    const steps = fc.array(permitSteps.controlled, { maxLength: 60, size: 'max' });
    const property = fc.property(settings(false), steps, (run, path) => {
      const { breaker } = reach(
        run,
        path.filter(({ name }) => !BUSY.test(name)),
      );
      const saved = breaker.save();
      expect(JSON.parse(JSON.stringify(saved))).toEqual(saved);
      breaker.restore(saved);
      expect(breaker.save()).toEqual({ ...saved, openForMs: expect.any(Number) });
      expect(breaker.save().openForMs).toBeLessThanOrEqual(saved.openForMs);
    });
    fc.assert(property, { numRuns: 300 });
  });
});

/** Times in a trace count from the start of its clock. */
const shifted = (seen: object, by: number): object =>
  'trace' in seen && Array.isArray(seen.trace)
    ? {
        ...seen,
        trace: seen.trace.map((entry: unknown[]) =>
          entry[0] === 'transition' ? entry.with(1, Number(entry[1]) + by) : entry,
        ),
      }
    : seen;

const used = (): CircuitBreaker => {
  const trip = [timeWindow({ minCalls: 3 }), countWindow({ size: 3 }), consecutive(9)];
  const breaker = circuitBreaker({ name: 'used', trip, clock: virtualClock() });
  for (const ending of ['success', 'failure', 'failure', 'failure'] as const) {
    const permit = breaker.tryAcquire();
    if (permit.admitted) permit[ending]();
  }
  return breaker;
};

const NUMBERS = [
  undefined,
  NaN,
  -1,
  0.5,
  Infinity,
  0,
  1,
  3,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  Number.MAX_VALUE,
] as const;

/** A saved circuit with one of its parts exchanged for something else. */
const altered = fc
  .tuple(
    fc.constantFrom(
      'version',
      'state',
      'openForMs',
      'closedForMs',
      'savedAt',
      'consecutiveOpens',
      'windows',
      'extra',
    ),
    fc.oneof(fc.jsonValue(), fc.constantFrom<unknown>(...NUMBERS, 'OPEN', 'CLOSED', [])),
  )
  .map(([part, value]) => ({ ...used().save(), [part]: value }));

/** A saved circuit with one number of a slice exchanged for another. */
const miscounted = fc
  .tuple(fc.constantFrom('ageMs', 'total', 'failures', 'slow'), fc.constantFrom(...NUMBERS))
  .map(([part, value]) => {
    const slice = { ageMs: 0, total: 4, failures: 3, slow: 0, [part]: value };
    return {
      ...used().save(),
      state: 'CLOSED',
      windows: [{ kind: 'time-window', slices: [slice] }],
    };
  });

/** What `restore` threw, or undefined. */
const attempt = (breaker: CircuitBreaker, given: unknown): unknown => {
  try {
    breaker.restore(given);
    return undefined;
  } catch (error) {
    return error;
  }
};

describe('whatever restore is given', () => {
  const anything = fc.oneof(fc.jsonValue(), altered, miscounted, fc.anything());

  test('it throws and changes nothing, or the breaker is as good as any', () => {
    let taken = 0;
    const property = fc.property(anything, (given) => {
      const breaker = used();
      const before = breaker.snapshot();
      const thrown = attempt(breaker, given);
      if (thrown === undefined) taken++;
      const refused = thrown instanceof TypeError || thrown instanceof RangeError;
      expect(refused).toBe(thrown !== undefined);
      expect(breaker.snapshot()).toEqual(refused ? before : breaker.snapshot());
      expectSound(breaker);
    });
    fc.assert(property, { numRuns: 500 });
    expect(taken).toBeGreaterThan(5);
    expect(taken).toBeLessThan(400);
  });
});

test('what was counted before expires, however much it was', () => {
  const property = fc.property(
    fc.constantFrom(1, 3, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 40, 2 ** 53),
    (total) => {
      const clock = virtualClock();
      const breaker = circuitBreaker({ name: 'much', trip: timeWindow({ minCalls: 2 }), clock });
      const slice = { ageMs: 0, total, failures: total, slow: 0 };
      try {
        breaker.restore({ ...breaker.save(), windows: [{ kind: 'time-window', slices: [slice] }] });
      } catch {
        return; // Refused is as good as forgotten.
      }
      clock.advance(20_000);
      const permit = breaker.tryAcquire();
      if (permit.admitted) permit.failure();
      expect(breaker.snapshot()).toMatchObject({
        state: 'CLOSED',
        window: { total: 1, failures: 1 },
      });
    },
  );
  fc.assert(property, { numRuns: 50 });
});

/** Finite numbers, rates between 0 and 1, a break no longer than any, and it still works. */
const expectSound = (breaker: CircuitBreaker): void => {
  const { window, retryAfterMs = 0, consecutiveOpens } = breaker.snapshot();
  expect(window?.failureRate).toSatisfy((rate) => Number(rate) >= 0 && Number(rate) <= 1);
  expect(retryAfterMs).toSatisfy((ms) => Number(ms) >= 0 && Number(ms) <= 60_000);
  expect(consecutiveOpens).toSatisfy((k) => Number.isInteger(k) && Number(k) >= 0);
  expect(breaker.tryAcquire().admitted).toBe(breaker.state === 'CLOSED' || retryAfterMs === 0);
  breaker.restore(JSON.parse(JSON.stringify(breaker.save())));
  breaker.reset();
  expect(breaker.tryAcquire().admitted).toBe(true);
};
