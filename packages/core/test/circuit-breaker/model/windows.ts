import type { TransitionReason } from '../../../src/circuit-breaker/types.ts';
import type { WindowSnapshot } from '../../../src/circuit-breaker/window.ts';
import type { RateSettings, RuleSettings, TimeWindowSettings, WindowSettings } from './settings.ts';

export type Recorded = 'success' | 'failure' | 'slow';

export interface Entry {
  readonly at: number;
  readonly outcome: Recorded;
}

/** A window rule and every outcome recorded for it, oldest first. What counts is filtered at each look. */
export interface ModelWindow {
  readonly rule: WindowSettings;
  readonly entries: readonly Entry[];
}

const isWindow = (rule: RuleSettings): rule is WindowSettings =>
  rule.kind === 'count-window' || rule.kind === 'time-window';

export const emptyWindows = (rules: readonly RuleSettings[]): ModelWindow[] =>
  rules.filter(isWindow).map((rule) => ({ rule, entries: [] }));

const widthOf = (rule: TimeWindowSettings): number => rule.spanMs / rule.slices;

/** The number of the slice in which `at` lies. */
const sliceAt = (rule: TimeWindowSettings, at: number): number => Math.floor(at / widthOf(rule));

/** The middle of that slice. */
export const middleAt = (rule: TimeWindowSettings, at: number): number =>
  (sliceAt(rule, at) + 0.5) * widthOf(rule);

/** The entries that count at `now`. */
export const entriesAt = ({ rule, entries }: ModelWindow, now: number): readonly Entry[] =>
  rule.kind === 'count-window'
    ? entries.slice(-rule.size)
    : entries.filter(({ at }) => sliceAt(rule, now) - sliceAt(rule, at) < rule.slices);

export const countsAt = (window: ModelWindow, now: number): WindowSnapshot => {
  const outcomes = entriesAt(window, now).map(({ outcome }) => outcome);
  const total = outcomes.length;
  const failures = outcomes.filter((outcome) => outcome === 'failure').length;
  const slow = outcomes.filter((outcome) => outcome === 'slow').length;
  return {
    total,
    successes: total - failures,
    failures,
    slow,
    failureRate: total === 0 ? 0 : failures / total,
    slowRate: total === 0 ? 0 : slow / total,
  };
};

const minCallsOf = (rule: WindowSettings): number =>
  rule.rates.minCalls ?? (rule.kind === 'count-window' ? rule.size : 20);

/** A rule that names neither rate trips at half; one that names only `slowRate` has no failure rate. */
const failureRateOf = ({ failureRate, slowRate }: RateSettings): number | undefined =>
  failureRate ?? (slowRate === undefined ? 0.5 : undefined);

/** Why this window trips, if it does. */
export const windowReason = (window: ModelWindow, now: number): TransitionReason | undefined => {
  const { rule } = window;
  const counts = countsAt(window, now);
  const failureRate = failureRateOf(rule.rates);
  const { slowRate } = rule.rates;
  if (counts.total < minCallsOf(rule)) return undefined;
  if (failureRate !== undefined && counts.failureRate >= failureRate) return rule.kind;
  if (slowRate !== undefined && counts.slowRate >= slowRate) return 'slow-calls';
  return undefined;
};

/** How long a success may take before it is slow: the smallest limit of the list. */
export const slowLimit = (rules: readonly RuleSettings[]): number =>
  Math.min(Infinity, ...rules.filter(isWindow).map(({ rates }) => rates.slowMs ?? Infinity));

/** The windows of new rules with what the old ones of the same kind, in order, hand over to them. */
export const carriedOver = (
  old: readonly ModelWindow[],
  rules: readonly RuleSettings[],
  now: number,
): ModelWindow[] => {
  const left = old.slice();
  return emptyWindows(rules).map(({ rule }) => {
    const index = left.findIndex((window) => window.rule.kind === rule.kind);
    const [previous] = index === -1 ? [] : left.splice(index, 1);
    return previous === undefined ? { rule, entries: [] } : handOver(previous, rule, now);
  });
};

const handOver = (previous: ModelWindow, rule: WindowSettings, now: number): ModelWindow => {
  const from = previous.rule;
  const entries = entriesAt(previous, now);
  if (from.kind === 'count-window' || rule.kind === 'count-window' || sameSlices(from, rule)) {
    return { rule, entries: entriesAt({ rule, entries }, now) };
  }
  // No outcome lies in the future, though the middle of the slice that runs may.
  const moved = entries.map(({ at, outcome }) => ({
    at: Math.min(now, middleAt(from, at)),
    outcome,
  }));
  return { rule, entries: entriesAt({ rule, entries: moved }, now) };
};

const sameSlices = (a: TimeWindowSettings, b: TimeWindowSettings): boolean =>
  a.spanMs === b.spanMs && a.slices === b.slices;
