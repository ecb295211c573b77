import { median } from '../../harness/statistics.ts';
import type { Trial } from '../trial.ts';

/** The middle and the worst of the trials. */
export interface Times {
  readonly median: number;
  readonly most: number;
}

/** What the trials of one contestant on one Node come to. */
export interface Tally {
  readonly trials: number;
  readonly requests: number;
  readonly lost: number;
  readonly refused: number;
  /** Trials in which the process outstayed its clients. */
  readonly stayed: number;
  /** Trials in which it ended with anything but code 0. */
  readonly unclean: number;
  /** From the signal, of the trials in which the process went; undefined where it never did. */
  readonly exit: Times | undefined;
  /** From the last answer. */
  readonly afterLast: Times | undefined;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);

const timesOf = (times: readonly (number | undefined)[]): Times | undefined => {
  const known = times.filter((ms) => ms !== undefined);
  return known.length === 0 ? undefined : { median: median(known), most: Math.max(...known) };
};

/** Adds up trials. */
export const tallyOf = (trials: readonly Trial[]): Tally => ({
  trials: trials.length,
  requests: sum(trials.map(({ requests }) => requests)),
  lost: sum(trials.map(({ lost }) => lost)),
  refused: sum(trials.map(({ refused }) => refused)),
  stayed: trials.filter(({ exitMs }) => exitMs === undefined).length,
  unclean: trials.filter(({ exitMs, code }) => exitMs !== undefined && code !== 0).length,
  exit: timesOf(trials.map(({ exitMs }) => exitMs)),
  afterLast: timesOf(trials.map(({ afterLastMs }) => afterLastMs)),
});
