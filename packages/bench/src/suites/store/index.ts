import type { Suite } from '../../harness/suite.ts';
import { memory } from './memory.ts';
import { redisLimits } from './redis-limits.ts';
import { sessionRecords } from './session-records.ts';

/** One decision of a store: limits in memory and on Redis, and records of sessions. */
export const storeSuite: Suite = {
  name: 'store',
  packages: [
    '@holdfast/core',
    '@holdfast/redis',
    'redis',
    'ioredis',
    'rate-limiter-flexible',
    'connect-redis',
  ],
  groups: [...memory, ...redisLimits, ...sessionRecords],
};
