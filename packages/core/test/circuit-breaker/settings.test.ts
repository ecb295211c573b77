import { describe, expect, it } from 'vitest';
import {
  circuitBreaker,
  consecutive,
  type CircuitBreakerOptions,
  type HalfOpenOptions,
  type OpenOptions,
} from '../../src/index.ts';
import { benchOf } from '../support/breaker.ts';
import { expectInvalid, type Complaint } from '../support/invalid-option.ts';

type Options = Partial<CircuitBreakerOptions>;
type Wrong = Pick<Complaint, 'value' | 'type'>;
type Row = Complaint & { readonly options: Options };

const typed = (...values: readonly unknown[]): Wrong[] =>
  values.map((value) => ({ value, type: TypeError }));
const ranged = (...values: readonly number[]): Wrong[] =>
  values.map((value) => ({ value, type: RangeError }));

const notNumbers = typed('5', true, {}, [5]);
const notFinite = ranged(Number.NaN, Infinity, -Infinity, -1);
const notANumber = [...notNumbers, ...notFinite];
const notAPositive = [...notANumber, ...ranged(0)];
const notWhole = [...notANumber, ...ranged(0.5)];
const notACount = [...notWhole, ...ranged(0)];
const notAFunction = typed(null, 5, 'call', {}, true);
const notAnObject = typed(null, 5, 'text', true, [1], () => ({}));

const rows = (option: string, wrong: readonly Wrong[], at: (value: never) => Options): Row[] =>
  wrong.map((each) => ({ option, ...each, options: at(each.value as never) }));

const inOpen = (key: keyof OpenOptions, wrong: readonly Wrong[]): Row[] =>
  rows(`open.${key}`, wrong, (value) => ({ open: { [key]: value } }));
const inHalfOpen = (key: keyof HalfOpenOptions, wrong: readonly Wrong[]): Row[] =>
  rows(`halfOpen.${key}`, wrong, (value) => ({ halfOpen: { [key]: value } }));
const inOverflow = (key: 'waitMs' | 'max', wrong: readonly Wrong[]): Row[] =>
  rows(`halfOpen.overflow.${key}`, wrong, (value) => ({
    halfOpen: { overflow: { waitMs: 1, max: 1, ...{ [key]: value } } },
  }));
const inRamp = (key: 'from' | 'overMs', wrong: readonly Wrong[]): Row[] =>
  rows(`halfOpen.ramp.${key}`, wrong, (value) => ({
    halfOpen: { ramp: { from: 0.1, overMs: 1, ...{ [key]: value } } },
  }));

const unknownKeys: readonly Row[] = [
  { option: 'circuitBreaker.timeout', options: { timeout: 5 } as Options },
  { option: 'circuitBreaker.errorThresholdPercentage', options: { errorThresholdPercentage: 5 } },
  { option: 'open.base', options: { open: { base: 5 } as Partial<OpenOptions> } },
  { option: 'halfOpen.probe', options: { halfOpen: { probe: 5 } as Partial<HalfOpenOptions> } },
  {
    option: 'halfOpen.overflow.wait',
    options: { halfOpen: { overflow: { waitMs: 1, max: 1, wait: 5 } as never } },
  },
  {
    option: 'halfOpen.ramp.until',
    options: { halfOpen: { ramp: { from: 0.1, overMs: 1, until: 5 } as never } },
  },
].map((row) => ({ ...row, value: 5, type: TypeError, options: row.options as Options }));

const contradictions: readonly Row[] = [
  {
    option: 'open.baseMs',
    value: 2_000,
    type: RangeError,
    options: { open: { baseMs: 2_000, maxMs: 1_000 } },
  },
  {
    option: 'isFailure',
    value: () => true,
    type: RangeError,
    options: { classify: () => 'success', isFailure: () => true },
  },
];

/** Options that `update` may change as well. */
const changeable: readonly Row[] = [
  ...inOpen('baseMs', notANumber),
  ...inOpen('factor', [...notANumber, ...ranged(0, 0.99)]),
  ...inOpen('maxMs', notANumber),
  ...inOpen('jitter', [...notANumber, ...ranged(1)]),
  ...inOpen('stableForMs', notANumber),
  ...inOpen('maxOpenForMs', notANumber),
  ...inHalfOpen('probes', notACount),
  ...inHalfOpen('allowedFailures', notWhole),
  ...inHalfOpen('concurrency', notACount),
  ...inHalfOpen('leaseMs', notAPositive),
  ...inHalfOpen('onLeaseExpiry', typed('close', 5, true, {})),
  ...inHalfOpen('overflow', typed(true, 5, 'wait', [])),
  ...inHalfOpen('ramp', typed(true, 5, 'slow', [])),
  ...inOverflow('waitMs', [...notAPositive, ...typed(undefined)]),
  ...inOverflow('max', [...notACount, ...typed(undefined)]),
  ...inRamp('from', [...notAPositive, ...ranged(1.01), ...typed(undefined)]),
  ...inRamp('overMs', [...notAPositive, ...typed(undefined)]),
  ...rows('classify', notAFunction, (classify) => ({ classify })),
  ...rows('isFailure', notAFunction, (isFailure) => ({ isFailure })),
  ...rows('check', notAFunction, (check) => ({ check })),
  ...rows('onListenerError', notAFunction, (onListenerError) => ({ onListenerError })),
  ...rows('random', notAFunction, (random) => ({ random })),
  ...rows('callerTimeout', typed('blame', 5, true, {}), (callerTimeout) => ({ callerTimeout })),
  ...rows('blameAfterMs', notANumber, (blameAfterMs) => ({ blameAfterMs })),
  ...rows('stallMs', notAPositive, (stallMs) => ({ stallMs })),
  ...rows('eager', typed('yes', 1, 0, {}), (eager) => ({ eager })),
  ...rows('open', notAnObject, (open) => ({ open })),
  ...rows('halfOpen', notAnObject, (halfOpen) => ({ halfOpen })),
  ...unknownKeys.filter(({ option }) => !option.startsWith('circuitBreaker.')),
  ...contradictions,
];

const incomplete = { now: () => 0, wallNow: () => 0, setTimer: () => undefined };
const fixed: readonly Row[] = [
  ...rows('name', typed(undefined, null, '', 5, {}), (name) => ({ name })),
  ...rows('clock', typed(null, 5, Date, {}, incomplete), (clock) => ({ clock })),
  ...unknownKeys.filter(({ option }) => option.startsWith('circuitBreaker.')),
];

describe('the options of a circuit breaker', () => {
  it.each([...fixed, ...changeable])(
    'refuse $option = $value by name',
    ({ options, ...complaint }) => {
      expectInvalid(() => circuitBreaker({ name: 'payments', ...options }), complaint);
    },
  );

  it.each(notAnObject)('must be an object, not $value', ({ value, type }) => {
    const options = value as CircuitBreakerOptions;
    expectInvalid(() => circuitBreaker(options), { option: 'circuitBreaker', value, type });
  });

  it('say what is allowed', () => {
    const allowed = (options: Options) => () => circuitBreaker({ name: 'payments', ...options });
    expect(allowed({ open: { jitter: 1 } })).toThrow(
      'option "open.jitter" is 1; allowed: a finite number from 0 below 1',
    );
    expect(allowed({ open: { baseMs: 2, maxMs: 1 } })).toThrow(
      'option "open.baseMs" is 2; allowed: a finite number from 0 up to 1',
    );
    expect(allowed({ halfOpen: { probes: 0.5 } })).toThrow(
      'option "halfOpen.probes" is 0.5; allowed: a whole number from 1',
    );
    expect(allowed({ halfOpen: { onLeaseExpiry: 'close' as never } })).toThrow(
      'option "halfOpen.onLeaseExpiry" is "close"; allowed: "reopen" or "readmit"',
    );
    expect(allowed({ classify: () => 'success', isFailure: () => true })).toThrow(
      'option "isFailure" is a function; allowed: not together with classify, which judges all',
    );
  });

  it('accept every border', () => {
    const options: Options = {
      open: { baseMs: 0, factor: 1, maxMs: 0, jitter: 0, stableForMs: 0, maxOpenForMs: 0 },
      halfOpen: {
        probes: 1,
        allowedFailures: 0,
        concurrency: 1,
        leaseMs: Number.MIN_VALUE,
        overflow: { waitMs: Number.MIN_VALUE, max: 1 },
        ramp: { from: 1, overMs: Number.MIN_VALUE },
      },
      blameAfterMs: 0,
      stallMs: Number.MIN_VALUE,
    };
    expect(() => circuitBreaker({ name: 'payments', ...options })).not.toThrow();
  });

  it('may all be named and left undefined', () => {
    const options = {
      trip: undefined,
      open: undefined,
      halfOpen: undefined,
      classify: undefined,
      isFailure: undefined,
      callerTimeout: undefined,
      blameAfterMs: undefined,
      stallMs: undefined,
      eager: undefined,
      check: undefined,
      onListenerError: undefined,
      clock: undefined,
      random: undefined,
    };
    expect(circuitBreaker({ name: 'payments', ...options }).state).toBe('CLOSED');
  });

  it('shorten the first break where only the longest is named', () => {
    const { breaker, clock } = benchOf();
    const short = circuitBreaker({
      name: 'payments',
      clock,
      random: () => 0.5,
      trip: consecutive(1),
      open: { maxMs: 100 },
    });
    short.open();
    expect(short.snapshot().retryAfterMs).toBe(100);
    expect(breaker.state).toBe('CLOSED');
  });

  it('do not follow the object they came in', () => {
    const open = { baseMs: 1_000, maxMs: 1_000, jitter: 0 };
    const breaker = circuitBreaker({ name: 'payments', open, clock: benchOf().clock });
    open.baseMs = 5;
    breaker.open();
    expect(breaker.snapshot().retryAfterMs).toBe(1_000);
  });
});

describe('an update', () => {
  it.each(changeable)(
    'refuses $option = $value and changes nothing',
    ({ options, ...complaint }) => {
      const { breaker } = benchOf();
      const before = breaker.snapshot();
      expectInvalid(() => breaker.update(options), complaint);
      expect(breaker.snapshot()).toEqual(before);
      breaker.open();
      expect(breaker.snapshot().retryAfterMs).toBe(1_000);
    },
  );

  it.each(['timeout', 'trips'])('refuses the unknown option %s', (key) => {
    expectInvalid(() => benchOf().breaker.update({ [key]: 5 }), {
      type: TypeError,
      option: `circuitBreaker.update.${key}`,
      value: 5,
    });
  });

  it.each(notAnObject)('must be an object, not $value', ({ value, type }) => {
    const change = value as Options;
    expectInvalid(() => benchOf().breaker.update(change), {
      option: 'circuitBreaker.update',
      value,
      type,
    });
  });

  it('cannot change the name or the clock', () => {
    const { breaker, clock } = benchOf();
    expectInvalid(() => breaker.update({ name: 'other' }), {
      type: TypeError,
      option: 'name',
      value: 'other',
    });
    expectInvalid(() => breaker.update({ clock }), {
      type: TypeError,
      option: 'clock',
      value: clock,
    });
    expect(breaker.name).toBe('payments');
  });

  it('keeps what it does not name, inside open and halfOpen too', () => {
    const { breaker } = benchOf({ open: { factor: 3, maxMs: 50_000 }, halfOpen: { probes: 2 } });
    breaker.update({ open: { baseMs: 200 } });
    breaker.open();
    expect(breaker.snapshot().retryAfterMs).toBe(200);
    breaker.update({ halfOpen: { concurrency: 2 } });
    breaker.open(0);
    const permits = [breaker.tryAcquire(), breaker.tryAcquire(), breaker.tryAcquire()];
    expect(permits.map(({ admitted }) => admitted)).toEqual([true, true, false]);
  });

  it('refuses a base above the longest break that stands', () => {
    const { breaker } = benchOf({ open: { maxMs: 5_000 } });
    expectInvalid(() => breaker.update({ open: { baseMs: 6_000 } }), {
      type: RangeError,
      option: 'open.baseMs',
      value: 6_000,
    });
  });

  it('refuses a classifier beside the isFailure that stands', () => {
    const { breaker } = benchOf({ isFailure: () => true });
    const classify = () => 'success' as const;
    expect(() => breaker.update({ classify })).toThrow('not together with classify');
    breaker.update({ classify, isFailure: undefined });
    expect(breaker.state).toBe('CLOSED');
  });
});
