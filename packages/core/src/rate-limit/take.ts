import type { Refused } from '../pipeline/stage.ts';
import type { Bucket } from './bucket.ts';
import { wholeCost, type Limiter } from './limiter.ts';
import type { Taken, TakeOptions, Turned } from './types.ts';

/** What is counted where nobody says otherwise: a cost function needs a call to look at. */
export const usualCost = ({ settings: { cost } }: Limiter): number =>
  typeof cost === 'number' ? cost : 1;

interface Left {
  readonly remaining: number;
  readonly moreMs: number;
  readonly resetMs: number;
}

/** What is left of a limit that is disposed. */
export const NOTHING_LEFT: Left = { remaining: 0, moreMs: 0, resetMs: 0 };

/** What is left for the next call: nothing of what those who wait will get. */
export const leftFor = (bucket: Bucket, now: number): Left => {
  const awaited = bucket.line?.units ?? 0;
  const remaining = Math.max(0, bucket.room(now) - awaited);
  return {
    remaining,
    moreMs: remaining < bucket.most ? bucket.waitMs(awaited + remaining + 1, now) : 0,
    resetMs: Math.max(0, bucket.freshAt() - now),
  };
};

export const turned = ({ rejection }: Refused, left: Left): Turned => {
  const { retryAfterMs } = rejection;
  return { admitted: false, retryAfterMs, rejection, ...left };
};

/** Takes units at once or not at all; the answer is a value. */
export const takeFrom = (limiter: Limiter, { key, cost }: TakeOptions): Taken => {
  const { tally, buckets, clock } = limiter;
  const units = cost === undefined ? usualCost(limiter) : wholeCost(cost);
  if (tally.disposed) return turned(tally.refuse(undefined), NOTHING_LEFT);
  const now = clock.now();
  const bucket = units === 0 ? buckets.find(key) : buckets.of(key, now);
  const admitted = units === 0 || limiter.take(bucket, units, now);
  const refused = admitted ? undefined : limiter.refuse(bucket, units, now);
  const left = leftFor(bucket, now);
  tally.flush();
  return refused === undefined ? { admitted: true, ...left } : turned(refused, left);
};
