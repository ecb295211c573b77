import type { CallContext } from '@holdfast/core';
import { virtualClock, type VirtualClock } from '@holdfast/core/testing';
import { Dependency } from '../model/dependency.ts';
import { inVirtualTime } from '../model/in-virtual-time.ts';
import { exponential, PoissonArrivals } from '../model/poisson.ts';
import { streamsOf } from '../model/streams.ts';
import { Goodput, type Incident } from './goodput.ts';
import { ATTEMPT_MS, stackOf, type Pieces } from './stacks.ts';

export const CLIENTS = 4;
export const CALLS_PER_SECOND = 110;
export const WORKERS = 10;
/** What is left of the workers during the trigger. */
export const WORKERS_LEFT = 4;
export const WORK_MS = 50;
export const QUEUE_LIMIT = 300;

const HEALTHY_MS = 10_000;
export const TRIGGER_MS = 10_000;
const AFTERMATH_MS = 90_000;
const END_MS = HEALTHY_MS + TRIGGER_MS + AFTERMATH_MS;
/** Every call has ended by then: attempts and pauses are bounded. */
const LONGEST_CALL_MS = 5_000;
const STEP_MS = 10;
const TRIGGER = { begins: HEALTHY_MS / 1_000, ends: (HEALTHY_MS + TRIGGER_MS) / 1_000 };

const inTrigger = (now: number): boolean => now >= HEALTHY_MS && now < HEALTHY_MS + TRIGGER_MS;

/** What a client sends; the server is told when to drop it only where the deadline is passed on. */
const callOf =
  (dependency: Dependency, clock: VirtualClock, workMs: () => number, { deadline }: Pieces) =>
  (context: CallContext): Promise<void> => {
    const wantedUntil = clock.now() + Math.min(ATTEMPT_MS, context.remainingMs());
    return dependency.send({
      workMs: workMs(),
      wantedUntil,
      ...(deadline === 'passed on' ? { expiresAt: wantedUntil } : {}),
    });
  };

/** A dependency loses workers for ten seconds, and gets them back. */
export const incident = async (
  pieces: Pieces,
  slowdown: number,
  seed: number,
): Promise<Incident> => {
  const clock = virtualClock();
  const stream = streamsOf(seed);
  const dependency = new Dependency({ workers: WORKERS, queueLimit: QUEUE_LIMIT, slowdown }, clock);
  const [pick, work] = [stream(), stream()];
  const arrivals = new PoissonArrivals(CALLS_PER_SECOND, stream());
  const clients = Array.from({ length: CLIENTS }, () => stackOf(pieces, clock, stream()));
  const call = callOf(dependency, clock, () => exponential(WORK_MS, work), pieces);
  const goodput = new Goodput(END_MS / 1_000);
  const make = async (now: number): Promise<void> => {
    goodput.made(now);
    const result = await clients[Math.floor(pick() * CLIENTS)]?.attempt(call);
    if (result?.ok === true) goodput.succeeded(now);
  };
  await inVirtualTime(clock, { stepMs: STEP_MS, untilMs: END_MS + LONGEST_CALL_MS }, (now) => {
    dependency.workers = inTrigger(now) ? WORKERS_LEFT : WORKERS;
    dependency.step();
    if (now < END_MS) for (let count = arrivals.countUntil(now); count > 0; count--) void make(now);
  });
  return goodput.summary(TRIGGER, dependency.arrivals);
};
