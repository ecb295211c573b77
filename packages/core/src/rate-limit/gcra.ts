import { NANOSECOND_MS, roundedUpMs } from './resolution.ts';

/**
 * The generic cell rate algorithm in its form with a level (ITU-T I.371, "continuous-state leaky
 * bucket"), which admits what the form with an arrival time admits. The state of a key is two
 * numbers: `level`, the units used and not come back, and `at`, when that was so.
 *
 * The level counts whole units, so that taking them never rounds, however large the time is.
 * Promise: in any window of length `w` at most `burst + unitsPerMs * w`, to within what comes back
 * in a nanosecond, or a thousandth of a unit where that is less.
 */
export interface Rate {
  readonly unitsPerMs: number;
  /** The most units that are ever there at once; a whole number. */
  readonly burst: number;
}

/**
 * The level at `now`. While a clock steps back nothing comes back; whoever has such a clock writes
 * `now` back as `at`, also on a refusal, so that units come back again from then on.
 */
export const levelAt = (level: number, at: number, now: number, rate: Rate): number =>
  now > at ? Math.max(0, level - (now - at) * rate.unitsPerMs) : level;

/** Share of a burst by which what came back may have been rounded. */
const ROUNDING = 1e-12;
/** So little of a unit is none; at a million units a second and more it takes less than a nanosecond. */
const NO_UNIT = 1e-3;

/** What counts as there though it is not quite. */
const tolerance = ({ unitsPerMs, burst }: Rate): number =>
  burst * ROUNDING + Math.min(unitsPerMs * NANOSECOND_MS, NO_UNIT);

/**
 * How many whole units are there, below zero where more was used than there ever is. Take up to so
 * many by adding them to the level: "between `min` and `want`" is the smaller of `want` and these,
 * if that is no less than `min`.
 */
export const roomAt = (level: number, rate: Rate): number =>
  Math.floor(rate.burst - level + tolerance(rate));

/** How long until `units` are there, in milliseconds: whoever comes back then finds them. */
export const waitAt = (level: number, units: number, rate: Rate): number => {
  if (roomAt(level, rate) >= units) return 0;
  // Half of the tolerance is left for what the clock rounds until then.
  return roundedUpMs((level + units - rate.burst - tolerance(rate) / 2) / rate.unitsPerMs);
};

/**
 * How much of `units` that were taken has not come back by itself, if the level stood at `end` just
 * after they were taken and `sinceMs` have passed. That much may be given back unused: a key that
 * had never taken them would now stand that much lower.
 */
export const notComeBack = (units: number, end: number, sinceMs: number, rate: Rate): number =>
  Math.min(units, Math.max(0, end - sinceMs * rate.unitsPerMs));
