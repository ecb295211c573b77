import { rateLimit, type RateLimitOptions } from '@holdfast/core';
import { Ratelimit, type Circuit } from 'mollitia';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Contestant, Operation } from '../../harness/suite.ts';
import { succeeding } from '../contender.ts';
import { circuitAround } from '../mollitia-circuit.ts';

/** More than any run makes. */
const MOST = 1e9;
const WINDOW_S = 60;
const WINDOW_MS = WINDOW_S * 1_000;

/** A rate limiter, asked for one key after another. */
export type Limited = (nextKey: () => string) => Operation;

/** So many keys, in turn. */
export const keysInTurn = (count: number): (() => string) => {
  const keys = Array.from({ length: count }, (_, i) => `tenant-${i}`);
  let next = 0;
  return () => {
    next = next + 1 < count ? next + 1 : 0;
    return keys[next] ?? '';
  };
};

const holdfastLimit =
  (options: RateLimitOptions): Limited =>
  (nextKey) => {
    const limit = rateLimit(options);
    const call = succeeding();
    return () => limit.execute(call, { key: nextKey() });
  };

const rateLimiterFlexible: Limited = (nextKey) => {
  const limiter = new RateLimiterMemory({ points: MOST, duration: WINDOW_S });
  const call = succeeding();
  return async () => {
    await limiter.consume(nextKey());
    return await call();
  };
};

/** It has no keys: one who needs them keeps a circuit for each. */
const mollitiaLimit: Limited = (nextKey) => {
  const circuits = new Map<string, Circuit>();
  const call = succeeding();
  return () => {
    const key = nextKey();
    let circuit = circuits.get(key);
    if (circuit === undefined) {
      const limit = new Ratelimit({ limitPeriod: WINDOW_MS, limitForPeriod: MOST });
      circuit = circuitAround(call, [limit]);
      circuits.set(key, circuit);
    }
    return circuit.execute();
  };
};

interface LimitRow {
  readonly name: string;
  readonly side: Contestant['side'];
  readonly limited: Limited;
}

export const holdfastRate: LimitRow = {
  name: 'Holdfast rate limit',
  side: 'holdfast',
  limited: holdfastLimit({ rate: MOST, burst: MOST }),
};

/** Everybody's rate limits, none of which is ever reached. */
export const limits: readonly LimitRow[] = [
  holdfastRate,
  {
    name: 'Holdfast rate limit, sliding window',
    side: 'holdfast',
    limited: holdfastLimit({ quota: MOST, windowMs: WINDOW_MS }),
  },
  { name: 'rate-limiter-flexible memory', side: 'peer', limited: rateLimiterFlexible },
  { name: 'mollitia rate limit', side: 'peer', limited: mollitiaLimit },
];
