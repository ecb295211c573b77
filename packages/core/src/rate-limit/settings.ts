import { clockOf } from '../options/time-and-chance.ts';
import { assertOptions, given, nameOf, numberIn, outOfRange } from '../options/validate.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Limit } from './bucket.ts';
import { GcraLimit } from './gcra-bucket.ts';
import { MOST, MOST_MS } from './resolution.ts';
import type { Cost, RateLimitOptions } from './types.ts';
import { WindowLimit } from './window-bucket.ts';

/** One of the two promises, defaults filled in. */
type Numbers =
  | { readonly rate: number; readonly burst: number }
  | { readonly quota: number; readonly windowMs: number };

/** Options, checked. */
export interface Settings {
  /** As the user gave them: what was left to a default follows what it is derived from. */
  readonly options: RateLimitOptions;
  readonly numbers: Numbers;
  readonly limit: Limit;
  readonly name: string;
  readonly maxWaitMs: number;
  readonly maxWaiting: number;
  readonly maxKeys: number;
  readonly cost: Cost;
  readonly clock: Clock;
}

const KINDS = { rate: ['rate', 'burst'], quota: ['quota', 'windowMs'] } as const;
const COMMON = ['name', 'maxWaitMs', 'maxWaiting', 'maxKeys', 'cost', 'clock'];
const KNOWN = [...KINDS.rate, ...KINDS.quota, ...COMMON];

/** The first option of a kind that is there. */
const named = (options: object, kind: keyof typeof KINDS): string | undefined =>
  KINDS[kind].find((option) => Reflect.get(options, option) !== undefined);

const numbersOf = (options: RateLimitOptions): Numbers => {
  const quota = named(options, 'quota');
  if (quota === undefined) return rateOf(options);
  const rate = named(options, 'rate');
  if (rate !== undefined) {
    throw outOfRange(quota, Reflect.get(options, quota), `nothing beside "${rate}"`);
  }
  return {
    quota: numberIn('quota', options.quota, { whole: true, min: 1, max: MOST }),
    windowMs: numberIn('windowMs', options.windowMs, { min: 1, max: MOST_MS }),
  };
};

const rateOf = (options: RateLimitOptions): Numbers => {
  const rate = numberIn('rate', options.rate, { min: 1 / MOST, max: MOST });
  const burst = given(options.burst, Math.max(1, Math.round(rate)));
  return { rate, burst: numberIn('burst', burst, { whole: true, min: 1, max: MOST }) };
};

const limitOf = (numbers: Numbers): Limit =>
  'rate' in numbers
    ? new GcraLimit({ unitsPerMs: numbers.rate / 1_000, burst: numbers.burst })
    : new WindowLimit(numbers);

const fixedCost = (cost: unknown, numbers: Numbers): number => {
  const max = 'rate' in numbers ? numbers.burst : numbers.quota;
  return numberIn('cost', cost, { whole: true, min: 1, max });
};

/** Throws `TypeError` or `RangeError` for a wrong option. */
export const settingsOf = (options: RateLimitOptions): Settings => {
  assertOptions('rateLimit', options, KNOWN);
  const numbers = numbersOf(options);
  const cost = given(options.cost, 1);
  return {
    options,
    numbers,
    limit: limitOf(numbers),
    name: nameOf('name', given(options.name, 'rate-limit')),
    maxWaitMs: numberIn('maxWaitMs', given(options.maxWaitMs, 0), { min: 0, max: MOST_MS }),
    maxWaiting: numberIn('maxWaiting', given(options.maxWaiting, 1_000), { whole: true, min: 1 }),
    maxKeys: numberIn('maxKeys', given(options.maxKeys, 100_000), { whole: true, min: 1 }),
    cost: typeof cost === 'function' ? cost : fixedCost(cost, numbers),
    clock: clockOf(options.clock),
  };
};

const without = (options: object, names: readonly string[]): object =>
  Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name)));

/** The settings after a change. Options of the one kind take the place of those of the other. */
export const updatedSettings = (
  { options }: Settings,
  change: Partial<RateLimitOptions>,
): Settings => {
  assertOptions('update', change, KNOWN);
  const replaced = [
    ...(named(change, 'quota') === undefined ? [] : KINDS.rate),
    ...(named(change, 'rate') === undefined ? [] : KINDS.quota),
  ];
  const { name, clock } = options;
  const merged = { ...without(options, replaced), ...change, name, clock };
  return settingsOf(merged);
};
