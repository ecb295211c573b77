import { clockOf, randomOf } from '../options/time-and-chance.ts';
import {
  assertFunction,
  assertOptions,
  booleanOf,
  nameOf,
  numberIn,
  oneOf,
  outOfRange,
  wrongType,
  given,
} from '../options/validate.ts';
import type { Clock, Random } from '../runtime/clock.ts';
import { stallsOf, type StallMonitor } from '../runtime/stall-monitor.ts';
import { tripRulesOf, type TripRule } from './trip-rules.ts';
import type {
  CircuitBreakerOptions,
  HalfOpenOptions,
  OpenOptions,
  OverflowOptions,
  RampOptions,
} from './types.ts';

/** Options with every default filled in and every value checked. */
export interface Settings {
  readonly trip: readonly TripRule[];
  readonly open: OpenOptions;
  readonly halfOpen: HalfOpenOptions;
  readonly classify: CircuitBreakerOptions['classify'];
  readonly isFailure: CircuitBreakerOptions['isFailure'];
  readonly callerTimeout: 'failure' | 'ignore';
  readonly blameAfterMs: number;
  readonly stallMs: number;
  readonly stalls: StallMonitor;
  readonly eager: boolean;
  readonly check: CircuitBreakerOptions['check'];
  readonly onListenerError: CircuitBreakerOptions['onListenerError'];
  readonly clock: Clock;
  readonly random: Random;
}

/** The names of a breaker's options, of which adapters take most. */
export const BREAKER_OPTIONS: readonly (keyof CircuitBreakerOptions)[] = [
  'name',
  'trip',
  'open',
  'halfOpen',
  'classify',
  'isFailure',
  'callerTimeout',
  'blameAfterMs',
  'stallMs',
  'eager',
  'check',
  'onListenerError',
  'clock',
  'random',
];

const AT_LEAST_ONE = { min: 1, whole: true } as const;
const NOT_NEGATIVE = { min: 0 } as const;

const openOf = (options: Partial<OpenOptions>): OpenOptions => {
  assertOptions('open', options, [
    'baseMs',
    'factor',
    'maxMs',
    'jitter',
    'stableForMs',
    'maxOpenForMs',
  ]);
  const { maxOpenForMs } = options;
  const maxMs = numberIn('open.maxMs', given(options.maxMs, 60_000), NOT_NEGATIVE);
  return Object.freeze({
    baseMs: numberIn('open.baseMs', given(options.baseMs, Math.min(5_000, maxMs)), {
      min: 0,
      max: maxMs,
    }),
    factor: numberIn('open.factor', given(options.factor, 2), { min: 1 }),
    maxMs,
    jitter: numberIn('open.jitter', given(options.jitter, 0.2), { min: 0, below: 1 }),
    stableForMs: numberIn('open.stableForMs', given(options.stableForMs, 60_000), NOT_NEGATIVE),
    maxOpenForMs:
      maxOpenForMs === undefined
        ? undefined
        : numberIn('open.maxOpenForMs', maxOpenForMs, NOT_NEGATIVE),
  });
};

const overflowOf = (overflow: OverflowOptions | false): OverflowOptions | false => {
  if (overflow === false) return false;
  assertOptions('halfOpen.overflow', overflow, ['waitMs', 'max']);
  return Object.freeze({
    waitMs: numberIn('halfOpen.overflow.waitMs', overflow.waitMs, { above: 0 }),
    max: numberIn('halfOpen.overflow.max', overflow.max, AT_LEAST_ONE),
  });
};

const rampOf = (ramp: RampOptions | false): RampOptions | false => {
  if (ramp === false) return false;
  assertOptions('halfOpen.ramp', ramp, ['from', 'overMs']);
  return Object.freeze({
    from: numberIn('halfOpen.ramp.from', ramp.from, { above: 0, max: 1 }),
    overMs: numberIn('halfOpen.ramp.overMs', ramp.overMs, { above: 0 }),
  });
};

const HALF_OPEN_OPTIONS = [
  'probes',
  'allowedFailures',
  'concurrency',
  'leaseMs',
  'onLeaseExpiry',
  'overflow',
  'ramp',
] as const;

const halfOpenOf = (options: Partial<HalfOpenOptions>): HalfOpenOptions => {
  assertOptions('halfOpen', options, HALF_OPEN_OPTIONS);
  const whole = { min: 0, whole: true } as const;
  const { leaseMs } = options;
  return Object.freeze({
    probes: numberIn('halfOpen.probes', given(options.probes, 3), AT_LEAST_ONE),
    allowedFailures: numberIn('halfOpen.allowedFailures', given(options.allowedFailures, 0), whole),
    concurrency: numberIn('halfOpen.concurrency', given(options.concurrency, 1), AT_LEAST_ONE),
    leaseMs:
      leaseMs === undefined ? undefined : numberIn('halfOpen.leaseMs', leaseMs, { above: 0 }),
    onLeaseExpiry: oneOf('halfOpen.onLeaseExpiry', given(options.onLeaseExpiry, 'reopen'), [
      'reopen',
      'readmit',
    ]),
    overflow: overflowOf(given(options.overflow, false)),
    ramp: rampOf(given(options.ramp, false)),
  });
};

/** Shared by every breaker that leaves them alone. */
const DEFAULT_OPEN = openOf({});
const DEFAULT_HALF_OPEN = halfOpenOf({});

const assertFunctions = (options: SettingOptions): void => {
  assertFunction('classify', options.classify);
  assertFunction('isFailure', options.isFailure);
  assertFunction('check', options.check);
  assertFunction('onListenerError', options.onListenerError);
  if (options.classify !== undefined && options.isFailure !== undefined) {
    throw outOfRange(
      'isFailure',
      options.isFailure,
      'not together with classify, which judges all',
    );
  }
};

type SettingOptions = Omit<CircuitBreakerOptions, 'name'>;

const settingsFrom = (options: SettingOptions): Settings => {
  assertFunctions(options);
  const clock = clockOf(options.clock);
  return {
    trip: tripRulesOf(options.trip),
    open: options.open === undefined ? DEFAULT_OPEN : openOf(options.open),
    halfOpen: options.halfOpen === undefined ? DEFAULT_HALF_OPEN : halfOpenOf(options.halfOpen),
    classify: options.classify,
    isFailure: options.isFailure,
    callerTimeout: oneOf('callerTimeout', given(options.callerTimeout, 'failure'), [
      'failure',
      'ignore',
    ]),
    blameAfterMs: numberIn('blameAfterMs', given(options.blameAfterMs, 1_000), NOT_NEGATIVE),
    stallMs: numberIn('stallMs', given(options.stallMs, 250), { above: 0 }),
    stalls: stallsOf(clock),
    eager: booleanOf('eager', given(options.eager, false)),
    check: options.check,
    onListenerError: options.onListenerError,
    clock,
    random: randomOf(options.random),
  };
};

const DEFAULTS = settingsFrom({});

export const breakerNameOf = (options: CircuitBreakerOptions): string => {
  assertOptions('circuitBreaker', options, BREAKER_OPTIONS);
  return nameOf('name', options.name);
};

/**
 * Checks options and fills in defaults; throws `TypeError` or `RangeError` naming what is wrong.
 * Breakers that have only a name share one object, which is a tenth of what each weighs.
 */
export const settingsOf = (options: CircuitBreakerOptions): Settings =>
  BREAKER_OPTIONS.every((key) => key === 'name' || options[key] === undefined)
    ? DEFAULTS
    : settingsFrom(options);

const merge = <T extends object>(
  where: string,
  before: T,
  change: Partial<T> | undefined,
): Partial<T> | undefined => {
  if (change === undefined) return undefined;
  assertOptions(where, change, Object.keys(before));
  return { ...before, ...change };
};

/**
 * Settings after `update`: what is not named stays, also inside `open` and `halfOpen`; what is named
 * as undefined goes back to its default.
 */
export const updatedSettings = (
  before: Settings,
  change: Partial<CircuitBreakerOptions>,
): Settings => {
  assertOptions('circuitBreaker.update', change, BREAKER_OPTIONS);
  for (const fixed of ['name', 'clock'] as const) {
    if (change[fixed] !== undefined) {
      throw wrongType(fixed, change[fixed], 'nothing in update: it is fixed at construction');
    }
  }
  const merged = { ...before, ...change, clock: before.clock };
  return settingsFrom({
    ...merged,
    open: merge('open', before.open, merged.open),
    halfOpen: merge('halfOpen', before.halfOpen, merged.halfOpen),
  });
};
