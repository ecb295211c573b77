import type { CallContext } from '@holdfast/core';
import { virtualClock } from '@holdfast/core/testing';
import { Dependency } from '../model/dependency.ts';
import { inVirtualTime } from '../model/in-virtual-time.ts';
import { PoissonArrivals } from '../model/poisson.ts';
import type { ServerTerms } from '../model/queueing-server.ts';
import { streamsOf } from '../model/streams.ts';
import { PATIENCE_MS, type Bounds } from './stacks.ts';

export const CLIENTS = 4;
export const WORKERS = 8;
export const WORK_MS = 40;
export const QUEUE_LIMIT = 1_000;
const TRAFFIC_MS = 60_000;
const LONGEST_CALL_MS = 10_000;
const STEP_MS = 5;

/** What the dependency goes through. */
export interface Trouble {
  readonly name: string;
  readonly callsPerSecond: number;
  /** Every so often it stands still for so long. */
  readonly stall?: { readonly everyMs: number; readonly forMs: number };
}

export interface Traffic {
  /** The share of the dependency's busy time that went into answers nobody waited for. */
  readonly wasted: number;
  /** The share of calls answered while somebody waited. */
  readonly inTime: number;
  readonly requestsPerCall: number;
}

const standsStill = ({ stall }: Trouble, now: number): boolean =>
  stall !== undefined && now % stall.everyMs >= stall.everyMs - stall.forMs;

/** Between half and one and a half times the mean, as work of one kind mostly is. */
const LONGEST_WORK_MS = 1.5 * WORK_MS;
const work = (roll: number): number => WORK_MS * (0.5 + roll);

const termsOf = ({ server }: Bounds): ServerTerms => ({
  workers: WORKERS,
  queueLimit: QUEUE_LIMIT,
  stops: server === 'stops in time',
  leastLeftMs: server === 'looks ahead' ? LONGEST_WORK_MS : 0,
});

/** A minute of calls to a dependency in trouble. */
export const traffic = async (trouble: Trouble, bounds: Bounds, seed: number): Promise<Traffic> => {
  const clock = virtualClock();
  const stream = streamsOf(seed);
  const dependency = new Dependency(termsOf(bounds), clock);
  const [pick, load] = [stream(), stream()];
  const arrivals = new PoissonArrivals(trouble.callsPerSecond, stream());
  const clients = Array.from({ length: CLIENTS }, () => bounds.stack(clock, stream()));
  let calls = 0;
  let inTime = 0;
  const make = async (madeAt: number): Promise<void> => {
    calls++;
    const send = (context: CallContext): Promise<void> => {
      const wantedUntil = Math.min(clock.now() + bounds.attemptMs, madeAt + PATIENCE_MS);
      return dependency.send({
        workMs: work(load()),
        wantedUntil,
        ...(bounds.tells === 'deadline' ? { expiresAt: wantedUntil } : {}),
        ...(bounds.tells === 'abort' ? { signal: context.signal } : {}),
      });
    };
    await clients[Math.floor(pick() * CLIENTS)]?.execute(send);
    if (clock.now() <= madeAt + PATIENCE_MS) inTime++;
  };
  await inVirtualTime(clock, { stepMs: STEP_MS, untilMs: TRAFFIC_MS + LONGEST_CALL_MS }, (now) => {
    dependency.workers = standsStill(trouble, now) ? 0 : WORKERS;
    dependency.step();
    if (now >= TRAFFIC_MS) return;
    for (let count = arrivals.countUntil(now); count > 0; count--) make(now).catch(() => undefined);
  });
  return {
    wasted: dependency.wastedMs / dependency.busyMs,
    inTime: inTime / calls,
    requestsPerCall: dependency.arrivals.length / calls,
  };
};
