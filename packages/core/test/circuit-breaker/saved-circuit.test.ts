import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  circuitBreaker,
  consecutive,
  countWindow,
  timeWindow,
  type CircuitBreaker,
  type SavedCircuit,
  type TripRule,
} from '../../src/index.ts';
import { virtualClock, type VirtualClock } from '../../src/testing/index.ts';
import { admitted, benchOf, eventsOf, fail, succeed } from '../support/breaker.ts';
import { errorOf } from '../support/invalid-option.ts';

const WALL_MS = 1_700_000_000_000;
const SLICE_MS = 100;
const rules = {
  count: countWindow({ size: 6, minCalls: 6, failureRate: 1 }),
  time: timeWindow({ spanMs: 10 * SLICE_MS, slices: 10, minCalls: 1_000 }),
};

interface Place {
  readonly breaker: CircuitBreaker;
  readonly clock: VirtualClock;
}

/** A breaker in a process of its own: the same time of day, another monotonic clock. */
const placeOf = (trip: TripRule | readonly TripRule[], nowMs: number, wallMs = WALL_MS): Place => {
  const clock = virtualClock({ nowMs, wallMs });
  const open = { baseMs: 1_000, maxMs: 8_000, jitter: 0 };
  return { breaker: circuitBreaker({ name: 'payments', trip, open, clock }), clock };
};

const transfer = (from: Place, to: Place): void =>
  to.breaker.restore(JSON.parse(JSON.stringify(from.breaker.save())));

const step = fc.record({
  act: fc.constantFrom('success' as const, 'failure' as const, 'ignore' as const, 'open' as const),
  afterMs: fc.oneof(fc.constant(0), fc.nat(400), fc.constant(5_000)),
});
const path = fc.array(step, { maxLength: 30 });

const walk = (
  { breaker, clock }: Place,
  steps: readonly { act: string; afterMs: number }[],
): void => {
  for (const { act, afterMs } of steps) {
    clock.advance(afterMs);
    if (act === 'open') breaker.open(afterMs + 500);
    const answer = breaker.tryAcquire();
    if (!answer.admitted) continue;
    if (act === 'success') answer.success();
    else if (act === 'failure') answer.failure();
    else answer.ignore();
  }
};

const tripRules: fc.Arbitrary<readonly TripRule[]> = fc.constantFrom(
  [consecutive(2)],
  [rules.count],
  [rules.time],
  [rules.time, consecutive(3), rules.count],
);

describe('a saved circuit', () => {
  it('is plain JSON that says the same when it is restored and saved again', () => {
    const property = fc.property(tripRules, path, (trip, steps) => {
      const [from, to] = [placeOf(trip, 0), placeOf(trip, 0)];
      walk(from, steps);
      to.clock.advance(from.clock.now());
      transfer(from, to);
      const saved = from.breaker.save();
      expect(to.breaker.save()).toEqual(saved);
      expect(JSON.parse(JSON.stringify(saved))).toEqual(saved);
      expect(to.breaker.state).toBe(saved.state);
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('behaves in another process as it would have here', () => {
    const property = fc.property(tripRules, path, fc.nat(20_000), (trip, steps, laterMs) => {
      const from = placeOf(trip, 0);
      walk(from, steps);
      const saved = from.breaker.save();
      // A whole number of slices apart, so that both align their slices alike.
      const nowMs = from.clock.now() + laterMs + 7_000 * SLICE_MS;
      const to = placeOf(trip, nowMs, from.clock.wallNow() + laterMs);
      to.breaker.restore(saved);
      from.clock.advance(laterMs);
      const [there, here] = [to.breaker.snapshot(), from.breaker.snapshot()];
      expect(there.retryAfterMs).toEqual(
        saved.state === 'OPEN' ? (here.retryAfterMs ?? 0) : undefined,
      );
      expect(there.window).toEqual(here.window);
      expect(there.consecutiveOpens).toBe(here.consecutiveOpens);
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('keeps its newest outcomes, however the slices of the other process are aligned', () => {
    const at = fc.nat(999);
    const property = fc.property(at, at, (savedAt, restoredAt) => {
      const from = placeOf(rules.time, savedAt);
      succeed(from.breaker);
      fail(from.breaker);
      const to = placeOf(rules.time, restoredAt);
      transfer(from, to);
      expect(to.breaker.snapshot().window).toMatchObject({ total: 2, failures: 1 });
    });
    fc.assert(property);
  });

  it('has nothing left in its window when the span passed meanwhile', () => {
    const from = placeOf(rules.time, 0);
    fail(from.breaker);
    const to = placeOf(rules.time, 50, WALL_MS + 2_000);
    transfer(from, to);
    expect(to.breaker.snapshot().window?.total).toBe(0);
  });

  it('holds HALF_OPEN as OPEN with nothing left to wait', () => {
    const { breaker } = benchOf();
    breaker.open(0);
    admitted(breaker.tryAcquire());
    expect(breaker.save()).toMatchObject({ state: 'OPEN', openForMs: 0 });
    expect(breaker.state).toBe('HALF_OPEN');
  });

  it('is what it looks like', () => {
    const { breaker, clock } = benchOf({ trip: [rules.count, rules.time, consecutive(2)] });
    succeed(breaker);
    clock.advance(130);
    fail(breaker);
    clock.advance(20);
    fail(breaker);
    clock.advance(400);
    expect(breaker.save()).toMatchInlineSnapshot(`
      {
        "closedForMs": 0,
        "consecutiveOpens": 1,
        "openForMs": 600,
        "savedAt": 1700000000550,
        "state": "OPEN",
        "version": 1,
        "windows": [
          {
            "kind": "count-window",
            "outcomes": "sff",
          },
          {
            "kind": "time-window",
            "slices": [
              {
                "ageMs": 400,
                "failures": 2,
                "slow": 0,
                "total": 2,
              },
              {
                "ageMs": 500,
                "failures": 0,
                "slow": 0,
                "total": 1,
              },
            ],
          },
        ],
      }
    `);
  });

  it('says nothing of mode, isolation and options', () => {
    const { breaker } = benchOf();
    const before = breaker.save();
    breaker.isolate('maintenance');
    breaker.setMode('shadow');
    breaker.update({ eager: true });
    expect(breaker.save()).toEqual(before);
  });
});

describe('restoring', () => {
  const openFor = (openForMs: number, more: Partial<SavedCircuit> = {}): SavedCircuit => ({
    version: 1,
    state: 'OPEN',
    openForMs,
    closedForMs: 0,
    savedAt: WALL_MS,
    consecutiveOpens: 3,
    windows: [],
    ...more,
  });

  it('takes the time that passed off the break', () => {
    const { breaker } = placeOf(consecutive(1), 0, WALL_MS + 400);
    breaker.restore(openFor(1_000));
    expect(breaker.snapshot()).toMatchObject({ state: 'OPEN', retryAfterMs: 600 });
  });

  it('takes nothing off when the time of day went back', () => {
    const { breaker } = placeOf(consecutive(1), 0, WALL_MS - 60_000);
    breaker.restore(openFor(1_000));
    expect(breaker.snapshot().retryAfterMs).toBe(1_000);
  });

  it('shortens what is left of the break to the longest that is allowed here', () => {
    const { breaker } = placeOf(consecutive(1), 0);
    breaker.restore(openFor(1_000_000));
    expect(breaker.snapshot().retryAfterMs).toBe(8_000);
  });

  it('goes on counting opens in a row', () => {
    const { breaker, clock } = placeOf(consecutive(1), 0);
    breaker.restore(openFor(0, { consecutiveOpens: 2 }));
    clock.advance(1);
    fail(breaker);
    expect(breaker.snapshot()).toMatchObject({ consecutiveOpens: 3, retryAfterMs: 4_000 });
  });

  it('counts how long the circuit had been closed as stable time', () => {
    const { breaker, clock } = placeOf(consecutive(1), 0, WALL_MS + 20_000);
    breaker.restore(openFor(0, { state: 'CLOSED', closedForMs: 30_000, consecutiveOpens: 5 }));
    clock.advance(10_000);
    fail(breaker);
    expect(breaker.snapshot().consecutiveOpens).toBe(1);
  });

  it('makes calls in flight late, also where the state stays', () => {
    const { breaker } = benchOf();
    const permit = admitted(breaker.tryAcquire());
    breaker.restore(breaker.save());
    permit.failure();
    expect(breaker.snapshot()).toMatchObject({ state: 'CLOSED', counters: { lateFailures: 1 } });
  });

  it('emits a transition only when the state changes', () => {
    const { breaker } = benchOf();
    const transitions = eventsOf(breaker, 'transition');
    breaker.restore(breaker.save());
    breaker.restore({ ...breaker.save(), state: 'OPEN' });
    expect(transitions).toMatchObject([{ from: 'CLOSED', to: 'OPEN', reason: 'restored' }]);
  });

  it('leaves a window empty where the kind of its rule differs', () => {
    const from = placeOf([rules.count, rules.time], 0);
    succeed(from.breaker);
    const to = placeOf([rules.time, rules.time], 0);
    transfer(from, to);
    expect(to.breaker.snapshot().window?.total).toBe(0);
    expect(to.breaker.save().windows[1]).toMatchObject({ slices: [{ total: 1 }] });
  });

  it('keeps the newest outcomes in a smaller count window', () => {
    const { breaker } = placeOf(countWindow({ size: 3 }), 0);
    breaker.restore(openFor(0, { windows: [{ kind: 'count-window', outcomes: 'ffsls' }] }));
    expect(breaker.save().windows).toEqual([{ kind: 'count-window', outcomes: 'sls' }]);
  });

  it('leaves nothing behind of counts that are over, however large they were', () => {
    const { breaker, clock } = placeOf(timeWindow({ spanMs: 1_000, minCalls: 2 }), 0);
    const many = 2 ** 33;
    const slices = [{ ageMs: 0, total: many, failures: many, slow: 0 }];
    const windows = [{ kind: 'time-window' as const, slices }];
    try {
      breaker.restore(openFor(0, { state: 'CLOSED', windows }));
    } catch {
      // To refuse more calls than a window can count is as good.
    }
    clock.advance(5_000);
    fail(breaker);
    expect(breaker.state).toBe('CLOSED');
  });
});

const slice = { ageMs: 50, total: 3, failures: 1, slow: 1 };
const sound: SavedCircuit = {
  version: 1,
  state: 'OPEN',
  openForMs: 500,
  closedForMs: 0,
  savedAt: WALL_MS,
  consecutiveOpens: 1,
  windows: [
    { kind: 'count-window', outcomes: 'sfl' },
    { kind: 'time-window', slices: [slice] },
  ],
};

type Malformed = readonly [field: string, wrong: readonly unknown[]];

const fields: readonly Malformed[] = [
  ['version', [undefined, 0, 2, '1', null]],
  ['state', [undefined, 'HALF_OPEN', 'open', 1, null]],
  ['openForMs', [undefined, -1, Number.NaN, Infinity, '5', null]],
  ['closedForMs', [undefined, -1, Number.NaN, Infinity, '5', null]],
  ['savedAt', [undefined, Number.NaN, Infinity, '2026', null]],
  ['consecutiveOpens', [undefined, -1, 0.5, Number.NaN, Infinity, '5', null]],
  ['windows', [undefined, null, {}, 'sfl', [null], [5], [[]]]],
];
const windowFields: readonly Malformed[] = [
  ['kind', [undefined, null, 'ring', 5]],
  ['outcomes', [undefined, null, 5, 'sfx', 'SFL', 's f', ['s'], 'sf\n']],
];
const sliceFields: readonly Malformed[] = [
  ['ageMs', [undefined, null, '5', Number.NaN, Infinity]],
  ['total', [undefined, null, '5', -1, 0.5, Number.NaN, Infinity, 1]],
  ['failures', [undefined, null, '5', -1, 0.5, Number.NaN, 3]],
  ['slow', [undefined, null, '5', -1, 0.5, Number.NaN, 3]],
];

interface MalformedRow {
  readonly field: string;
  readonly value: unknown;
  readonly saved: unknown;
}

const rowsOf = (
  table: readonly Malformed[],
  prefix: string,
  put: (change: object) => unknown,
): MalformedRow[] =>
  table.flatMap(([field, wrong]) =>
    wrong.map((value) => ({
      field: prefix + field,
      value,
      saved: put({ [field]: value }),
    })),
  );

const malformed: readonly MalformedRow[] = [
  ...rowsOf(fields, '', (change) => ({ ...sound, ...change })),
  ...rowsOf(windowFields, 'windows.', (change) => ({
    ...sound,
    windows: [{ ...sound.windows[0], ...change }],
  })),
  ...rowsOf(sliceFields, 'windows.slices.', (change) => ({
    ...sound,
    windows: [{ kind: 'time-window', slices: [slice, { ...slice, ...change }] }],
  })),
  ...[undefined, null, {}, 5, [5], [null]].map((slices) => ({
    field: 'windows.slices',
    value: slices,
    saved: { ...sound, windows: [{ kind: 'time-window', slices }] },
  })),
  { field: 'extra', value: 1, saved: { ...sound, extra: 1 } },
  {
    field: 'windows.extra',
    value: 1,
    saved: { ...sound, windows: [{ kind: 'count-window', outcomes: '', extra: 1 }] },
  },
  {
    field: 'windows.slices.extra',
    value: 1,
    saved: { ...sound, windows: [{ kind: 'time-window', slices: [{ ...slice, extra: 1 }] }] },
  },
  ...[undefined, null, 5, '{}', [], () => sound].map((saved) => ({
    field: 'whole',
    value: saved,
    saved,
  })),
];

describe('a malformed saved circuit', () => {
  it.each(malformed)('with $field = $value is refused and changes nothing', ({ saved }) => {
    const { breaker } = placeOf([rules.count, rules.time], 300);
    succeed(breaker);
    fail(breaker);
    const transitions = eventsOf(breaker, 'transition');
    const before = { ...breaker.snapshot(), saved: breaker.save() };
    const error = errorOf(() => breaker.restore(saved));
    expect(error).toSatisfy((each) => each instanceof TypeError || each instanceof RangeError);
    expect(error.code).toBe('HF_INVALID_OPTION');
    expect(error.message).toMatch(/^option "saved.*" is .+; allowed: .+/);
    expect({ ...breaker.snapshot(), saved: breaker.save() }).toEqual(before);
    expect(transitions).toEqual([]);
  });

  it('differs from a sound one, which is taken', () => {
    const { breaker } = placeOf([rules.count, rules.time], 300);
    breaker.restore(sound);
    expect(breaker.save()).toEqual(sound);
  });
});
