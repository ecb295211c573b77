import { quantile } from '../../harness/statistics.ts';

/** One request, and how it ended. */
export interface Sample {
  readonly path: string;
  /** When it was due, by `performance.now()`. */
  readonly at: number;
  /** From when it was due to the end of its answer. */
  readonly ms: number;
  /** 0 where the connection failed; undefined where no answer came. */
  readonly status: number | undefined;
  readonly setsCookie: boolean;
}

const OK = 200;
const UNAUTHORIZED = 401;
/** So many one after another are no accident. */
const IN_A_ROW = 20;

/** The requests that were due between the two. */
export const between = (samples: readonly Sample[], from: number, to: number): readonly Sample[] =>
  samples.filter(({ at }) => at >= from && at < to);

/** The time in which 99 of 100 were answered; no number where there were none. */
export const p99 = (samples: readonly Sample[]): number =>
  samples.length === 0
    ? Number.NaN
    : quantile(
        samples.map(({ ms }) => ms),
        0.99,
      );

/** How many requests hang: no answer at all. */
export const hanging = (samples: readonly Sample[]): number =>
  samples.filter(({ status }) => status === undefined).length;

/** Answered as a visitor who is not logged in. */
export const isStranger = ({ status }: Sample): boolean => status === UNAUTHORIZED;

export const isServed = ({ status }: Sample): boolean => status === OK;

/** Milliseconds from `from` until the first of twenty requests in a row of which the test is true; infinite for never. */
export const steadyAfter = (
  samples: readonly Sample[],
  from: number,
  test: (sample: Sample) => boolean,
): number => {
  let first: number | undefined;
  let row = 0;
  for (const sample of samples) {
    if (sample.at < from) continue;
    if (!test(sample)) {
      row = 0;
      continue;
    }
    row++;
    if (row === 1) first = sample.at;
    if (row === IN_A_ROW && first !== undefined) return first - from;
  }
  return Number.POSITIVE_INFINITY;
};
