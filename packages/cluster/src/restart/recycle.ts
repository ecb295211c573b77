import type { Random } from '@holdfast/core';
import type { WorkerVitals } from '../protocol/messages.ts';
import type { RecycleOptions } from '../supervisor/types.ts';

/** What one worker may come to; Infinity where there is no limit. */
export interface RecycleLimits {
  readonly ageMs: number;
  readonly requests: number;
  readonly rssBytes: number;
}

export type RecycleCause = 'age' | 'requests' | 'rss';

/** Draws the limits of one worker, each on its own, from options that have been checked. */
export const recycleLimitsOf = (options: RecycleOptions, random: Random): RecycleLimits => {
  const { ageMs = Infinity, requests = Infinity, rssBytes = Infinity, jitter = 0.2 } = options;
  const drawn = (limit: number): number => limit * (1 - jitter * random());
  return { ageMs: drawn(ageMs), requests: drawn(requests), rssBytes: drawn(rssBytes) };
};

/** Which limit a worker has come to, if any; `vitals` are null before its first ones. */
export const recycleCause = (
  limits: RecycleLimits,
  vitals: WorkerVitals | null,
  ageMs: number,
): RecycleCause | undefined => {
  if (ageMs >= limits.ageMs) return 'age';
  if (vitals === null) return undefined;
  if (vitals.requests >= limits.requests) return 'requests';
  return vitals.rssBytes >= limits.rssBytes ? 'rss' : undefined;
};
