import type { BackoffOptions, Jitter } from '@holdfast/core';
import type { Way } from './comeback.ts';

export const BASE_MS = 500;
export const MAX_MS = 8_000;

const exponential = (jitter: Jitter): BackoffOptions => ({
  kind: 'exponential',
  baseMs: BASE_MS,
  maxMs: MAX_MS,
  jitter,
});

/** The backoff has no jitter: what spreads is what Holdfast adds to a `Retry-After`, up to a tenth. */
const retryAfter = (seconds: number): Way => ({
  backoff: exponential('none'),
  delay: () => String(seconds),
});

/** The ways to come back, and the peak that each must not pass. */
export const WAYS: readonly { readonly name: string; readonly way: Way; readonly most?: number }[] =
  [
    { name: 'no jitter', way: { backoff: exponential('none') } },
    { name: '±20 %', way: { backoff: exponential(0.2) }, most: 600 },
    { name: 'equal', way: { backoff: exponential('equal') }, most: 500 },
    { name: 'full (default)', way: { backoff: exponential('full') }, most: 400 },
    { name: 'decorrelated', way: { backoff: exponential('decorrelated') }, most: 250 },
    { name: 'Retry-After: 1', way: retryAfter(1) },
    { name: 'Retry-After: 3', way: retryAfter(3), most: 500 },
    { name: 'Retry-After: 20', way: retryAfter(20), most: 100 },
  ];
