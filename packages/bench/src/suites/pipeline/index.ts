import type { Suite } from '../../harness/suite.ts';
import { bulkheads } from './bulkhead.ts';
import { fallbacks } from './fallback.ts';
import { pending } from './pending.ts';
import { manyKeys, oneKey } from './rate-limit.ts';
import { retries, secondAttempts } from './retry.ts';
import { stackWithSignal } from './stack-with-signal.ts';
import { stack } from './stack.ts';
import { start } from './start.ts';
import { timeouts } from './timeout.ts';

/** The other policies, each alone and joined: time, bytes and turns of a call, and many in flight. */
export const pipelineSuite: Suite = {
  name: 'pipeline',
  packages: [
    '@holdfast/core',
    'cockatiel',
    'mollitia',
    'opossum',
    'p-limit',
    'p-retry',
    'p-timeout',
    'rate-limiter-flexible',
  ],
  groups: [
    stack,
    stackWithSignal,
    timeouts,
    bulkheads,
    manyKeys,
    oneKey,
    retries,
    secondAttempts,
    fallbacks,
    start,
    pending,
  ],
};
