import type { TripSnapshot } from '../../../src/circuit-breaker/trip-rules.ts';

/** Trip rules as plain data, from which both the breaker and the model are made. */
export type RuleSettings = ConsecutiveSettings | WindowSettings | TripWhenSettings;

export interface ConsecutiveSettings {
  readonly kind: 'consecutive';
  readonly failures: number;
}

export interface CountWindowSettings {
  readonly kind: 'count-window';
  readonly size: number;
  readonly rates: RateSettings;
}

export interface TimeWindowSettings {
  readonly kind: 'time-window';
  readonly spanMs: number;
  readonly slices: number;
  readonly rates: RateSettings;
}

export type WindowSettings = CountWindowSettings | TimeWindowSettings;

export interface RateSettings {
  readonly failureRate?: number | undefined;
  readonly minCalls?: number | undefined;
  readonly slowMs?: number | undefined;
  readonly slowRate?: number | undefined;
}

export interface TripWhenSettings {
  readonly kind: 'trip-when';
  readonly failures: number;
  readonly streak: number;
  readonly slow: number;
  /** Throws instead of answering when the window holds this many outcomes. */
  readonly throwsAtTotal: number;
}

export interface OpenSettings {
  readonly baseMs: number;
  readonly factor: number;
  readonly maxMs: number;
  readonly jitter: number;
  readonly stableForMs: number;
  readonly maxOpenForMs?: number;
}

export interface HalfOpenSettings {
  readonly probes: number;
  readonly allowedFailures: number;
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly onLeaseExpiry: 'reopen' | 'readmit';
  readonly overflow: { readonly waitMs: number; readonly max: number } | false;
  readonly ramp: { readonly from: number; readonly overMs: number } | false;
}

export interface Settings {
  readonly rules: readonly RuleSettings[];
  readonly open: OpenSettings;
  readonly halfOpen: HalfOpenSettings;
  /** Who judges results: nobody, `classify` or `isFailure`. */
  readonly judge: 'nobody' | 'classify' | 'isFailure';
  readonly callerTimeout: 'failure' | 'ignore';
  readonly blameAfterMs: number;
  readonly eager: boolean;
  readonly seed: number;
  /** Somebody listens to outcomes, which keeps `execute` off its fast path. */
  readonly observed: boolean;
}

/** What `update` may change; parts of `open` and `halfOpen` too. */
export interface SettingsPatch {
  readonly rules?: readonly RuleSettings[];
  readonly open?: Partial<OpenSettings>;
  readonly halfOpen?: Partial<HalfOpenSettings>;
  readonly callerTimeout?: 'failure' | 'ignore';
  readonly blameAfterMs?: number;
  readonly eager?: boolean;
}

/** The predicate of a `tripWhen` rule: the user's part, so model and breaker ask the same one. */
export const tripPredicate =
  ({ failures, streak, slow, throwsAtTotal }: TripWhenSettings) =>
  (snapshot: TripSnapshot): boolean => {
    if (snapshot.total === throwsAtTotal) throw new Error('trip-when');
    return (
      snapshot.failures >= failures ||
      snapshot.consecutiveFailures >= streak ||
      snapshot.slow >= slow
    );
  };

/** Chance in sixteenths: every break and share is then exact, so that model and breaker can agree to the bit. */
export const coarseRandom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 28) / 16;
  };
};
