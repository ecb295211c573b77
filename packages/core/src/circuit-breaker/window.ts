/** Counts of the outcomes in a window. `successes` includes the slow ones. */
export interface WindowCounts {
  readonly total: number;
  readonly failures: number;
  readonly slow: number;
}

/** A window as people read it. Rates are 0 while the window is empty. */
export interface WindowSnapshot extends WindowCounts {
  readonly successes: number;
  readonly failureRate: number;
  readonly slowRate: number;
}

/** The three kinds of outcome a window holds. */
export const SUCCESS = 0;
export const FAILURE = 1;
export const SLOW = 2;
export type Outcome = typeof SUCCESS | typeof FAILURE | typeof SLOW;

export const snapshotOf = ({ total, failures, slow }: WindowCounts): WindowSnapshot => ({
  total,
  successes: total - failures,
  failures,
  slow,
  failureRate: total === 0 ? 0 : failures / total,
  slowRate: total === 0 ? 0 : slow / total,
});
