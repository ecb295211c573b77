import { retry, type RetryOptions } from '@holdfast/core';
import { virtualClock } from '@holdfast/core/testing';
import { Dependency } from '../model/dependency.ts';
import { inVirtualTime } from '../model/in-virtual-time.ts';
import { streamsOf } from '../model/streams.ts';

export const CLIENTS = 1_000;
export const DOWN_MS = 2_000;
export const WORKERS = 10;
export const WORK_MS = 20;
export const QUEUE_LIMIT = 50;
/** Nobody gives up before the end. */
const ATTEMPTS = 200;
const END_MS = 300_000;
export const BIN_MS = 100;
const STEP_MS = 5;

/** What makes one way to come back differ from another. */
export type Way = Pick<RetryOptions, 'backoff' | 'delay' | 'maxRetryAfterMs'>;

export interface Comeback {
  /** The most requests in any 100 ms after the common failure. */
  readonly peak: number;
  /** That, over what an even spread of the same requests over the same time would have been. */
  readonly overEven: number;
  readonly requestsPerClient: number;
  /** Until every client has its answer; Infinity for not within five minutes. */
  readonly seconds: number;
  /** Requests per 100 ms after the common failure. */
  readonly histogram: readonly number[];
}

/** The most times that lie in any window of this length, `(t - lengthMs, t]`. Times are in order. */
export const mostWithin = (times: readonly number[], lengthMs: number): number => {
  let most = 0;
  let oldest = 0;
  times.forEach((time, newest) => {
    while ((times[oldest] ?? time) <= time - lengthMs) oldest++;
    most = Math.max(most, newest - oldest + 1);
  });
  return most;
};

/** How many of the times lie in each bin; times are in order. */
const histogramOf = (times: readonly number[]): number[] => {
  const length = Math.floor((times.at(-1) ?? 0) / BIN_MS) + 1;
  const bins = Array.from({ length }, () => 0);
  for (const time of times) {
    const bin = Math.floor(time / BIN_MS);
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  return bins;
};

const comebackOf = (arrivals: readonly number[], answeredAt: readonly number[]): Comeback => {
  // The first of each client is no comeback.
  const times = arrivals.slice(CLIENTS);
  const peak = mostWithin(times, BIN_MS);
  const spanMs = (times.at(-1) ?? 0) - (times[0] ?? 0);
  const even = times.length / Math.max(1, spanMs / BIN_MS);
  return {
    peak,
    overEven: peak / even,
    requestsPerClient: times.length / CLIENTS,
    seconds: answeredAt.length < CLIENTS ? Infinity : Math.max(...answeredAt) / 1_000,
    histogram: histogramOf(times),
  };
};

/**
 * Every client calls at the same instant and fails; the dependency is down for two seconds and then does
 * 500 requests a second.
 */
export const comeback = async (way: Way, seed: number): Promise<Comeback> => {
  const clock = virtualClock();
  const stream = streamsOf(seed);
  const dependency = new Dependency({ workers: Infinity, queueLimit: QUEUE_LIMIT }, clock);
  dependency.failing = true;
  const answeredAt: number[] = [];
  const send = (): Promise<void> => dependency.send({ workMs: WORK_MS, wantedUntil: Infinity });
  const call = async (): Promise<void> => {
    await retry({ clock, random: stream(), attempts: ATTEMPTS, budget: false, ...way }).execute(
      send,
    );
    answeredAt.push(clock.now());
  };
  for (let client = 0; client < CLIENTS; client++) void call();
  await inVirtualTime(clock, { stepMs: STEP_MS, untilMs: END_MS }, (now) => {
    dependency.step();
    if (now >= DOWN_MS) {
      dependency.failing = false;
      dependency.workers = WORKERS;
    }
    return answeredAt.length < CLIENTS;
  });
  return comebackOf(dependency.arrivals, answeredAt);
};
