import type { Clock, Executable, Random } from '@holdfast/core';
import { virtualClock } from '@holdfast/core/testing';
import { Dependency } from '../model/dependency.ts';
import { inVirtualTime } from '../model/in-virtual-time.ts';
import { PoissonArrivals } from '../model/poisson.ts';
import { streamsOf } from '../model/streams.ts';

/** Makes the policies of one client. */
export type Stack = (clock: Clock, random: Random) => Executable;

export interface Fleet {
  readonly clients: number;
  /** First attempts per second of each client. */
  readonly callsPerSecond: number;
}

/** Load on the dependency while it fails, as a multiple of the calls that are made to the clients. */
export interface Load {
  readonly firstSecond: number;
  readonly firstTenSeconds: number;
  readonly afterwards: number;
  readonly whole: number;
}

export interface Outage {
  readonly load: Load;
  /** Attempts per second that reach the dependency, from ten seconds before the outage on. */
  readonly attempts: readonly number[];
}

/** Long enough for a budget to have saved what it may. */
export const HEALTHY_MS = 40_000;
export const OUTAGE_MS = 60_000;
export const FAILS_AFTER_MS = 10;

const within = (times: readonly number[], from: number, to: number): number =>
  times.filter((at) => at >= from && at < to).length;

const loadOf = (attempts: readonly number[], calls: readonly number[]): Load => {
  const ratio = (from: number, to: number): number =>
    within(attempts, HEALTHY_MS + from, HEALTHY_MS + to) /
    within(calls, HEALTHY_MS + from, HEALTHY_MS + to);
  return {
    firstSecond: ratio(0, 1_000),
    firstTenSeconds: ratio(0, 10_000),
    afterwards: ratio(10_000, OUTAGE_MS),
    whole: ratio(0, OUTAGE_MS),
  };
};

const perSecond = (times: readonly number[], from: number): number[] => {
  const seconds = Array.from({ length: (HEALTHY_MS + OUTAGE_MS - from) / 1_000 }, () => 0);
  for (const at of times) {
    const second = Math.floor((at - from) / 1_000);
    if (second in seconds) seconds[second] = (seconds[second] ?? 0) + 1;
  }
  return seconds;
};

/** A dependency that has room for everything answers every request with an error for a minute. */
export const outage = async (fleet: Fleet, stack: Stack, seed: number): Promise<Outage> => {
  const clock = virtualClock();
  const stream = streamsOf(seed);
  const dependency = new Dependency({ workers: Infinity, queueLimit: 0 }, clock);
  const rate = fleet.clients * fleet.callsPerSecond;
  const [pick, arrivals] = [stream(), new PoissonArrivals(rate, stream())];
  const clients = Array.from({ length: fleet.clients }, () => stack(clock, stream()));
  const calls: number[] = [];
  const send = (): Promise<void> =>
    dependency.send({ workMs: FAILS_AFTER_MS, wantedUntil: Infinity });
  const step = (now: number): void => {
    dependency.failing = now >= HEALTHY_MS;
    dependency.step();
    for (let count = arrivals.countUntil(now); count > 0; count--) {
      calls.push(now);
      clients[Math.floor(pick() * clients.length)]?.execute(send).catch(() => undefined);
    }
  };
  await inVirtualTime(clock, { stepMs: FAILS_AFTER_MS, untilMs: HEALTHY_MS + OUTAGE_MS }, step);
  const { arrivals: attempts } = dependency;
  return { load: loadOf(attempts, calls), attempts: perSecond(attempts, HEALTHY_MS - 10_000) };
};
