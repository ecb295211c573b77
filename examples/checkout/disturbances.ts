import type { Outcome, Sample } from './messages.ts';
import { latenciesOf } from './summary.ts';

/** What is done to the workers: replaced one by one, one of them killed, the event loop of one blocked. */
export type DisturbanceKind = 'reload' | 'kill' | 'block';

export const DISTURBANCE_NAMES: Record<DisturbanceKind, string> = {
  reload: 'rolling reload',
  kill: 'kill -9',
  block: 'blocked loop',
};

/** One of them, when its effect is over. */
export interface Disturbance {
  readonly kind: DisturbanceKind;
  /** In milliseconds since the start. */
  readonly at: number;
  /** From then until all workers were ready and the old ones gone. */
  readonly tookMs: number;
  /** Connections that a dead worker had left and another one got. */
  readonly rescued: number;
  /** Where the event loop stood still: the innermost line of the program. */
  readonly culprit?: string | undefined;
}

/** What the customers of the Holdfast side saw of it. */
export interface DisturbanceSummary extends Disturbance {
  readonly orders: number;
  /** As it began, at all workers. */
  readonly underWay: number;
  readonly served: number;
  /** Turned away with 503 and Retry-After. */
  readonly refused: number;
  /** Any other answer, or none. */
  readonly failed: number;
  /** When the last of those that failed was due, in milliseconds from its beginning; undefined where none failed. */
  readonly lastFailedMs: number | undefined;
  readonly slowestMs: number;
}

/** For so long after its end orders still count as disturbed. */
export const AFTERMATH_MS = 1_000;

const count = (samples: readonly Sample[], ...outcomes: readonly Outcome[]): number =>
  samples.filter(({ outcome }) => outcomes.includes(outcome)).length;

/** Looks at every order that was under way at any time from the disturbance to the end of its aftermath. */
export const whatCustomersSaw = (
  disturbance: Disturbance,
  samples: readonly Sample[],
): DisturbanceSummary => {
  const { at: from, tookMs } = disturbance;
  const to = from + tookMs + AFTERMATH_MS;
  const seen = samples.filter(
    ({ side, at, latencyMs }) => side === 'holdfast' && at + latencyMs >= from && at < to,
  );
  const failed = seen.filter(({ outcome }) => outcome === 'error' || outcome === 'timeout');
  return {
    ...disturbance,
    orders: seen.length,
    underWay: seen.filter(({ at }) => at <= from).length,
    served: count(seen, 'paid', 'later'),
    refused: count(seen, 'refused'),
    failed: failed.length,
    lastFailedMs: failed.length === 0 ? undefined : Math.max(...failed.map(({ at }) => at - from)),
    slowestMs: latenciesOf(seen).at(-1) ?? Number.NaN,
  };
};
