import { breaker, bulkhead, deadline, rateLimit, retry, standard, timeout } from '@holdfast/undici';
import { interceptors } from 'undici';
import { within } from '../../harness/goals.ts';
import type { Contestant, RatioGroup, Side } from '../../harness/suite.ts';
import { answered, requestsThrough, type Interceptor } from './no-op-dispatcher.ts';

/** More than any run asks for. */
const RATE = 1e9;
const TIMEOUT_MS = 10_000;
const DEADLINE_MS = 30_000;
const CONCURRENCY = 1_000;

const through = (name: string, side: Side, make: () => readonly Interceptor[]): Contestant => ({
  name,
  side,
  make: () => requestsThrough(make()),
});

const alone = [
  through('Holdfast breaker', 'holdfast', () => [breaker({})]),
  through('Holdfast retry', 'holdfast', () => [retry()]),
  through('Holdfast bulkhead', 'holdfast', () => [bulkhead({ concurrency: CONCURRENCY })]),
  through('Holdfast rateLimit', 'holdfast', () => [rateLimit({ rate: RATE, burst: RATE })]),
  through('Holdfast timeout', 'holdfast', () => [timeout({ timeoutMs: TIMEOUT_MS })]),
  through('Holdfast deadline', 'holdfast', () => [deadline({ deadlineMs: DEADLINE_MS })]),
];

const together = through('Holdfast standard()', 'holdfast', () => standard());

/** What each interceptor adds to a request that is answered at once. */
export const micro: RatioGroup = {
  kind: 'ratio',
  id: 'micro',
  title: 'One request through each interceptor on a no-op dispatcher, answered at once',
  loop: 'sync',
  bare: () => requestsThrough([]),
  expects: answered,
  contestants: [
    ...alone,
    together,
    through('undici interceptors.retry', 'peer', () => [interceptors.retry()]),
  ],
  goals: [
    ...alone.flatMap(({ name }) => within(name, { addedNs: 500, addedBytes: 300 })),
    ...within(together.name, { addedNs: 2_500 }),
  ],
};
