import { CountWindow } from './count-window.ts';
import { Streak } from './streak.ts';
import { TimeWindow } from './time-window.ts';
import type { RateLimits, TripRule, TripSnapshot } from './trip-rules.ts';
import type { TransitionReason } from './types.ts';
import {
  FAILURE,
  snapshotOf,
  type Outcome,
  type WindowCounts,
  type WindowSnapshot,
} from './window.ts';

export type Window = CountWindow | TimeWindow;

const windowOf = (rule: TripRule): Window[] => {
  if (rule.kind === 'count-window') return [new CountWindow(rule.size)];
  return rule.kind === 'time-window' ? [new TimeWindow(rule.spanMs, rule.slices)] : [];
};

const slowMsOf = (rules: readonly TripRule[]): number =>
  Math.min(...rules.map((rule) => ('slowMs' in rule ? (rule.slowMs ?? Infinity) : Infinity)));

/** What the trip rules have seen: a window for each window rule, and the streak of failures. */
export class TripMeter {
  readonly rules: readonly TripRule[];
  /** What counts as slow: the smallest `slowMs` of the rules. */
  readonly slowMs: number;
  /** Whether recording a success needs the time. */
  readonly timed: boolean;
  /** One for each window rule, in order. */
  readonly windows: readonly Window[];
  readonly #streak = new Streak();

  constructor(rules: readonly TripRule[]) {
    this.rules = rules;
    this.slowMs = slowMsOf(rules);
    // Sliced to size: `flatMap` leaves room for sixteen more.
    this.windows = rules.flatMap(windowOf).slice();
    this.timed = this.windows.some((window) => window instanceof TimeWindow);
  }

  get consecutiveFailures(): number {
    return this.#streak.length;
  }

  record(outcome: Outcome, now: number): void {
    if (outcome === FAILURE) this.#streak.fail(now);
    else if (this.#streak.length > 0) this.#streak.end();
    // By index: an iterator costs a fifth of what a whole call through the breaker adds.
    for (let i = 0; i < this.windows.length; i++) this.windows[i]?.record(outcome, now);
  }

  /** Which rule trips on what is recorded; `custom` is the `tripWhen` that said yes beforehand. */
  tripped(custom: TripRule | undefined): TransitionReason | undefined {
    let window = 0;
    for (const rule of this.rules) {
      switch (rule.kind) {
        case 'consecutive':
          if (this.#streak.length >= rule.failures) return rule.kind;
          break;
        case 'trip-when':
          if (rule === custom) return rule.kind;
          break;
        default: {
          const over = overRate(rule, this.windows[window++]);
          if (over !== undefined) return over === 'slow' ? 'slow-calls' : rule.kind;
        }
      }
    }
    return undefined;
  }

  /** What `tripWhen` sees: the first window with this outcome in it. */
  preview(outcome: Outcome, now: number): TripSnapshot {
    const counts = this.windows[0]?.preview(outcome, now) ?? { total: 0, failures: 0, slow: 0 };
    const consecutiveFailures = outcome === FAILURE ? this.#streak.after(now) : 0;
    return { ...snapshotOf(counts), consecutiveFailures };
  }

  /** The first window as of `now`. */
  view(now: number): WindowSnapshot | undefined {
    const [window] = this.windows;
    if (window === undefined) return undefined;
    return snapshotOf(window instanceof TimeWindow ? window.countsAt(now) : window);
  }

  clear(): void {
    this.#streak.end();
    for (const window of this.windows) window.clear();
  }

  endStreak(): void {
    this.#streak.end();
  }

  /** A meter for new rules that keeps what the old ones of the same kind have seen. */
  changedTo(rules: readonly TripRule[], now: number): TripMeter {
    const meter = new TripMeter(rules);
    meter.#streak.copy(this.#streak);
    const left = [...this.windows];
    for (const window of meter.windows) {
      const match = left.findIndex((old) => old.constructor === window.constructor);
      if (match >= 0) takeOver(window, left.splice(match, 1)[0], now);
    }
    return meter;
  }
}

/** Rates of a window that has just recorded, so its own counts are those of now. */
const overRate = (
  limits: RateLimits,
  window: WindowCounts | undefined,
): 'failures' | 'slow' | undefined => {
  if (window === undefined || window.total < limits.minCalls) return undefined;
  if (window.failures / window.total >= (limits.failureRate ?? Infinity)) return 'failures';
  return window.slow / window.total >= (limits.slowRate ?? Infinity) ? 'slow' : undefined;
};

const takeOver = (window: Window, old: Window | undefined, now: number): void => {
  if (window instanceof CountWindow && old instanceof CountWindow) {
    for (const outcome of old.outcomes()) window.record(outcome);
  }
  if (window instanceof TimeWindow && old instanceof TimeWindow) {
    for (const slice of old.contents(now)) window.restore(slice, now);
  }
};
