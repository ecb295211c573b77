import {
  assertFunction,
  assertOptions,
  numberIn,
  outOfRange,
  wrongType,
  given,
} from '../options/validate.ts';
import type { WindowSnapshot } from './window.ts';

/** Trips at `failures` failures in a row. */
export interface ConsecutiveRule {
  readonly kind: 'consecutive';
  readonly failures: number;
}

/** The rates that trip a window; at least one is set. */
export interface RateLimits {
  readonly failureRate: number | undefined;
  readonly minCalls: number;
  readonly slowMs: number | undefined;
  readonly slowRate: number | undefined;
}

export interface CountWindowRule extends RateLimits {
  readonly kind: 'count-window';
  readonly size: number;
}

export interface TimeWindowRule extends RateLimits {
  readonly kind: 'time-window';
  readonly spanMs: number;
  readonly slices: number;
}

/** What `tripWhen` looks at: the first window of the list, this outcome included. */
export interface TripSnapshot extends WindowSnapshot {
  readonly consecutiveFailures: number;
}

export interface TripWhenRule {
  readonly kind: 'trip-when';
  readonly predicate: (snapshot: TripSnapshot) => boolean;
}

export type WindowRule = CountWindowRule | TimeWindowRule;
/** When the circuit opens. Made by `consecutive`, `countWindow`, `timeWindow` and `tripWhen`. */
export type TripRule = ConsecutiveRule | WindowRule | TripWhenRule;

interface Rates {
  /** Trips at this share of failures or more. Default 0.5, unless only `slowRate` is given. */
  readonly failureRate?: number | undefined;
  /** No rate is looked at below this many calls. */
  readonly minCalls?: number | undefined;
  /** A success that takes this long or longer is slow. */
  readonly slowMs?: number | undefined;
  /** Trips at this share of slow calls or more. Needs `slowMs`. */
  readonly slowRate?: number | undefined;
}

/** Options of `countWindow`; `size` is required. */
export interface CountWindowOptions extends Rates {
  /** How many outcomes the window holds. `minCalls` defaults to it. */
  readonly size: number;
}

/** Options of `timeWindow`; every one has a default. */
export interface TimeWindowOptions extends Rates {
  /** How far back the window looks. Default 10,000. */
  readonly spanMs?: number | undefined;
  /** How finely. Default 10. `minCalls` defaults to 20. */
  readonly slices?: number | undefined;
}

/** Every rule a factory made, so that a look-alike object is refused by name. */
const made = new WeakSet<TripRule>();

const rule = <R extends TripRule>(value: R): R => {
  made.add(value);
  return Object.freeze(value);
};

const RATE = { above: 0, max: 1 } as const;
const RATE_OPTIONS = ['failureRate', 'minCalls', 'slowMs', 'slowRate'] as const;

const optional = (value: number | undefined, read: (value: number) => number): number | undefined =>
  value === undefined ? undefined : read(value);

const rateLimits = (
  where: string,
  options: Rates,
  calls: { minCalls: number; max?: number },
): RateLimits => {
  const slowMs = optional(options.slowMs, (ms) => numberIn(`${where}.slowMs`, ms, { above: 0 }));
  const slowRate = optional(options.slowRate, (rate) => numberIn(`${where}.slowRate`, rate, RATE));
  if (slowRate !== undefined && slowMs === undefined) {
    throw outOfRange(`${where}.slowRate`, slowRate, 'only together with slowMs');
  }
  const fallback = slowRate === undefined ? 0.5 : undefined;
  const failureRate = optional(given(options.failureRate, fallback), (rate) =>
    numberIn(`${where}.failureRate`, rate, RATE),
  );
  const range = { min: 1, whole: true, ...(calls.max === undefined ? {} : { max: calls.max }) };
  const minCalls = numberIn(`${where}.minCalls`, given(options.minCalls, calls.minCalls), range);
  return { failureRate, minCalls, slowMs, slowRate };
};

/**
 * Trips at `failures` failures in a row; time does not end the streak, a success does. Failures that
 * settle within 10 ms of the last counted one count once: one dying HTTP/2 session is one failure.
 */
export const consecutive = (failures: number): ConsecutiveRule =>
  rule({
    kind: 'consecutive',
    failures: numberIn('consecutive.failures', failures, { min: 1, whole: true }),
  });

/** Trips on rates over the last `size` outcomes. Rates compare with ≥. */
export const countWindow = (options: CountWindowOptions): CountWindowRule => {
  assertOptions('countWindow', options, ['size', ...RATE_OPTIONS]);
  const size = numberIn('countWindow.size', options.size, { min: 1, max: 16_777_216, whole: true });
  return rule({
    kind: 'count-window',
    size,
    ...rateLimits('countWindow', options, { minCalls: size, max: size }),
  });
};

/** Trips on rates over the last `spanMs`, counted in `slices`. Rates compare with ≥. */
export const timeWindow = (options: TimeWindowOptions = {}): TimeWindowRule => {
  assertOptions('timeWindow', options, ['spanMs', 'slices', ...RATE_OPTIONS]);
  return rule({
    kind: 'time-window',
    spanMs: numberIn('timeWindow.spanMs', given(options.spanMs, 10_000), { above: 0 }),
    slices: numberIn('timeWindow.slices', given(options.slices, 10), {
      min: 1,
      max: 100_000,
      whole: true,
    }),
    ...rateLimits('timeWindow', options, { minCalls: 20 }),
  });
};

/** Trips when the predicate says so; asked at every failure and slow call. Throwing does not trip. */
export const tripWhen = (predicate: (snapshot: TripSnapshot) => boolean): TripWhenRule => {
  if (predicate === undefined) throw wrongType('tripWhen.predicate', predicate, 'a function');
  assertFunction('tripWhen.predicate', predicate);
  return rule({ kind: 'trip-when', predicate });
};

const DEFAULT_RULES: readonly TripRule[] = Object.freeze([timeWindow(), consecutive(10)]);
/** Lists that were checked and copied before; they keep their identity through `update`. */
const lists = new WeakSet<readonly TripRule[]>([DEFAULT_RULES]);
const RULES = 'rules made by consecutive, countWindow, timeWindow or tripWhen';

/** The list a `trip` option stands for. */
export const tripRulesOf = (
  trip: TripRule | readonly TripRule[] | undefined,
): readonly TripRule[] => {
  if (trip === undefined) return DEFAULT_RULES;
  if (Array.isArray(trip) && lists.has(trip)) return trip;
  const rules: readonly TripRule[] =
    'kind' in Object(trip) ? [trip as TripRule] : (trip as readonly TripRule[]);
  if (!Array.isArray(rules) || rules.length === 0) throw wrongType('trip', trip, RULES);
  for (const each of rules) {
    if (!made.has(each)) throw wrongType('trip', each, RULES);
  }
  // A copy: what its maker does to the array later must not change what trips.
  const list = Object.freeze([...rules]);
  lists.add(list);
  return list;
};
