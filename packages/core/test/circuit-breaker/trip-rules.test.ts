import { describe, expect, it } from 'vitest';
import {
  circuitBreaker,
  consecutive,
  countWindow,
  timeWindow,
  tripWhen,
  type TripRule,
} from '../../src/index.ts';
import { admitted, benchOf, fail, succeed } from '../support/breaker.ts';
import { expectInvalid } from '../support/invalid-option.ts';

const wrongNumber = [
  { value: '5', type: TypeError },
  { value: true, type: TypeError },
  { value: {}, type: TypeError },
  { value: Number.NaN, type: RangeError },
  { value: Infinity, type: RangeError },
  { value: -1, type: RangeError },
  { value: 0, type: RangeError },
] as const;
const wrongWhole = [...wrongNumber, { value: 1.5, type: RangeError }] as const;
const wrongRate = [...wrongNumber, { value: 1.01, type: RangeError }] as const;

interface Row {
  readonly option: string;
  readonly value: unknown;
  readonly type: typeof TypeError | typeof RangeError;
  readonly make: () => unknown;
}

const rows = (
  option: string,
  wrong: readonly Omit<Row, 'option' | 'make'>[],
  make: (value: never) => unknown,
): Row[] => wrong.map((each) => ({ option, ...each, make: () => make(each.value as never) }));

const table: readonly Row[] = [
  ...rows('consecutive.failures', wrongWhole, (value) => consecutive(value)),
  ...rows('countWindow.size', [...wrongWhole, { value: 2 ** 25, type: RangeError }], (size) =>
    countWindow({ size }),
  ),
  ...rows('countWindow.failureRate', wrongRate, (failureRate) =>
    countWindow({ size: 10, failureRate }),
  ),
  ...rows('countWindow.minCalls', [...wrongWhole, { value: 11, type: RangeError }], (minCalls) =>
    countWindow({ size: 10, minCalls }),
  ),
  ...rows('countWindow.slowMs', wrongNumber, (slowMs) => countWindow({ size: 10, slowMs })),
  ...rows('countWindow.slowRate', wrongRate, (slowRate) =>
    countWindow({ size: 10, slowMs: 5, slowRate }),
  ),
  ...rows('timeWindow.spanMs', wrongNumber, (spanMs) => timeWindow({ spanMs })),
  ...rows('timeWindow.slices', wrongWhole, (slices) => timeWindow({ slices })),
  ...rows('timeWindow.failureRate', wrongRate, (failureRate) => timeWindow({ failureRate })),
  ...rows('timeWindow.minCalls', wrongWhole, (minCalls) => timeWindow({ minCalls })),
  ...rows('timeWindow.slowMs', wrongNumber, (slowMs) => timeWindow({ slowMs })),
  ...rows('timeWindow.slowRate', wrongRate, (slowRate) => timeWindow({ slowMs: 5, slowRate })),
  ...rows('countWindow.slowRate', [{ value: 0.5, type: RangeError }], (slowRate) =>
    countWindow({ size: 10, slowRate }),
  ),
  ...rows('timeWindow.slowRate', [{ value: 0.5, type: RangeError }], (slowRate) =>
    timeWindow({ slowRate }),
  ),
  ...rows(
    'tripWhen.predicate',
    [undefined, null, 'yes', 5, {}].map((value) => ({ value, type: TypeError })),
    (value) => tripWhen(value),
  ),
  ...rows('countWindow', wrongOptions(), (options) => countWindow(options)),
  ...rows('timeWindow', wrongOptions().slice(1), (options) => timeWindow(options)),
  ...rows('countWindow.rate', [{ value: 0.5, type: TypeError }], (rate) =>
    countWindow({ size: 10, rate } as never),
  ),
  ...rows('timeWindow.size', [{ value: 5, type: TypeError }], (size) =>
    timeWindow({ size } as never),
  ),
];

function wrongOptions(): readonly Omit<Row, 'option' | 'make'>[] {
  return [undefined, null, 5, 'size', [10]].map((value) => ({ value, type: TypeError }));
}

describe('a trip rule', () => {
  it.each(table)('refuses $option = $value by name', ({ make, ...complaint }) => {
    expectInvalid(make, complaint);
  });

  it('says that slowRate needs slowMs', () => {
    expect(() => timeWindow({ slowRate: 0.5 })).toThrow(
      'option "timeWindow.slowRate" is 0.5; allowed: only together with slowMs',
    );
  });

  it('accepts each border', () => {
    expect(() => [
      consecutive(1),
      countWindow({ size: 1, failureRate: 1 }),
      countWindow({ size: 10, minCalls: 10, failureRate: Number.MIN_VALUE }),
      timeWindow({ spanMs: 0.001, slices: 1, minCalls: 1, slowMs: 0.001, slowRate: 1 }),
    ]).not.toThrow();
  });

  it('cannot be changed once it is made', () => {
    expect(() => Object.assign(consecutive(3), { failures: 1 })).toThrow(TypeError);
  });

  it('has documented defaults', () => {
    expect([countWindow({ size: 50 }), timeWindow()]).toMatchObject([
      { size: 50, failureRate: 0.5, minCalls: 50 },
      { spanMs: 10_000, slices: 10, failureRate: 0.5, minCalls: 20 },
    ]);
    expect(timeWindow({ slowMs: 100, slowRate: 0.5 }).failureRate).toBeUndefined();
  });
});

describe('the option trip', () => {
  const lookAlikes: readonly { readonly title: string; readonly value: unknown }[] = [
    { title: 'a look-alike of a rule', value: { kind: 'consecutive', failures: 3 } },
    { title: 'a copy of a rule', value: { ...consecutive(3) } },
    { title: 'a copy in a list', value: [consecutive(3), { ...countWindow({ size: 5 }) }] },
    { title: 'an empty list', value: [] },
    { title: 'a list of nothing', value: [undefined] },
    { title: 'null', value: null },
    { title: 'a number', value: 5 },
    { title: 'a name', value: 'consecutive' },
    { title: 'the factory itself', value: consecutive },
    { title: 'an object without a kind', value: {} },
  ];

  it.each(lookAlikes)('refuses $title', ({ value }) => {
    const trip = value as TripRule;
    const shown = Array.isArray(value) && value.length > 0 ? value.at(-1) : value;
    expectInvalid(() => circuitBreaker({ name: 'payments', trip }), {
      type: TypeError,
      option: 'trip',
      value: shown,
    });
  });

  it('names the factories that make rules', () => {
    const trip = { kind: 'consecutive', failures: 3 } as const;
    expect(() => circuitBreaker({ name: 'payments', trip })).toThrow(
      'rules made by consecutive, countWindow, timeWindow or tripWhen',
    );
  });
});

describe('a circuit', () => {
  it('trips when any rule of the list does', () => {
    const { breaker, clock } = benchOf({ trip: [consecutive(5), countWindow({ size: 4 })] });
    for (const outcome of ['failure', 'success', 'success', 'failure'] as const) {
      expect(breaker.state).toBe('CLOSED');
      clock.advance(100);
      admitted(breaker.tryAcquire())[outcome]();
    }
    expect(breaker.state).toBe('OPEN');
    expect(breaker.explain().lastOpening?.reason).toBe('count-window');
  });

  it('compares rates with at least', () => {
    const { breaker } = benchOf({ trip: countWindow({ size: 10, failureRate: 0.3 }) });
    for (let call = 0; call < 7; call++) succeed(breaker);
    for (let call = 0; call < 2; call++) fail(breaker);
    expect(breaker.state).toBe('CLOSED');
    fail(breaker);
    expect(breaker.state).toBe('OPEN');
  });

  it('does not look at a rate below minCalls', () => {
    const { breaker } = benchOf({ trip: timeWindow({ minCalls: 3, failureRate: 0.1 }) });
    fail(breaker);
    fail(breaker);
    expect(breaker.state).toBe('CLOSED');
    fail(breaker);
    expect(breaker.state).toBe('OPEN');
  });

  it('takes failures within ten milliseconds for one', () => {
    const { breaker, clock } = benchOf({ trip: consecutive(2) });
    fail(breaker);
    clock.advance(9);
    fail(breaker);
    expect(breaker.snapshot()).toMatchObject({ state: 'CLOSED', consecutiveFailures: 1 });
    clock.advance(1);
    fail(breaker);
    expect(breaker.state).toBe('OPEN');
  });

  it('counts a successful call as slow from slowMs on', () => {
    const { breaker, clock } = benchOf({
      trip: countWindow({ size: 2, slowMs: 100, slowRate: 1 }),
    });
    for (const ms of [99, 100, 101]) {
      expect(breaker.state).toBe('CLOSED');
      const permit = admitted(breaker.tryAcquire());
      clock.advance(ms);
      permit.success();
    }
    expect(breaker.explain().lastOpening?.reason).toBe('slow-calls');
  });

  it('shows tripWhen the first window with this outcome in it', () => {
    const seen: unknown[] = [];
    const rule = tripWhen((snapshot) => seen.push(snapshot) > 1);
    const { breaker, clock } = benchOf({ trip: [consecutive(9), countWindow({ size: 9 }), rule] });
    succeed(breaker);
    fail(breaker);
    expect(breaker.state).toBe('CLOSED');
    clock.advance(10);
    fail(breaker);
    expect(breaker.state).toBe('OPEN');
    expect(seen).toMatchObject([
      { total: 2, failures: 1, failureRate: 0.5, consecutiveFailures: 1 },
      { total: 3, failures: 2, successes: 1, consecutiveFailures: 2 },
    ]);
  });
});
