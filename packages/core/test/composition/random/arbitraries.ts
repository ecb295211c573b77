import fc from 'fast-check';
import {
  ABORTS,
  DEEDS,
  type BreakerPlan,
  type BulkheadPlan,
  type CallStep,
  type FallbackPlan,
  type OwnPlan,
  type Plan,
  type PolicyPlan,
  type RateLimitPlan,
  type RetryPlan,
  type SinglePlan,
  type Step,
  type TimePlan,
  type WitnessPlan,
} from './plan.ts';

const ms = fc.constantFrom(0, 1, 10, 40, 50, 90, 100, 110, 300);

const anyRetry: fc.Arbitrary<RetryPlan> = fc.record({
  kind: fc.constant('retry'),
  attempts: fc.constantFrom(1, 2, 3, 3, 4),
  baseMs: fc.constantFrom(0, 20, 20, 100),
  budget: fc.constantFrom('none', 'none', 'own', 'shared'),
  onResults: fc.boolean(),
  maxElapsedMs: fc.constantFrom(undefined, undefined, 60, 300),
});

const anyBreaker: fc.Arbitrary<BreakerPlan> = fc.record({
  kind: fc.constant('breaker'),
  failures: fc.constantFrom(1, 2, 5),
  openMs: fc.constantFrom(20, 40, 200),
  probes: fc.constantFrom(1, 2),
  overflow: fc.constantFrom<BreakerPlan['overflow'][]>(
    false,
    { waitMs: 30, max: 1 },
    { waitMs: 120, max: 3 },
  ),
  heard: fc.boolean(),
  judged: fc.boolean(),
});

const anyTime: fc.Arbitrary<TimePlan> = fc.record({
  kind: fc.constantFrom('timeout', 'deadline'),
  ms: fc.constantFrom(30, 80, 100, 250, 600),
});

const anyBulkhead: fc.Arbitrary<BulkheadPlan> = fc.record({
  kind: fc.constant('bulkhead'),
  concurrency: fc.constantFrom(1, 1, 2),
  queue: fc.constantFrom(0, 1, 1, 3),
  order: fc.constantFrom('fifo', 'lifo', 'priority'),
  maxWaitMs: fc.constantFrom(40, 1_000, 1_000),
  holdUntil: fc.constantFrom('settled', 'finished'),
});

const anyRateLimit: fc.Arbitrary<RateLimitPlan> = fc.record({
  kind: fc.constant('rate limit'),
  limit: fc.constantFrom(
    { rate: 20, burst: 1 },
    { rate: 50, burst: 3 },
    { quota: 2, windowMs: 100 },
  ),
  maxWaitMs: fc.constantFrom(0, 60, 1_000),
});

const anyFallback: fc.Arbitrary<FallbackPlan> = fc.record({
  kind: fc.constant('fallback'),
  answer: fc.constantFrom('a value', 'at once', 'later', 'fails', 'when aborted'),
  when: fc.constantFrom('every error', 'refusals', 'other errors'),
});

const anyOwn: fc.Arbitrary<OwnPlan> = fc.record({
  kind: fc.constant('own'),
  does: fc.constantFrom('passes', 'passes', 'waits', 'fails at times', 'calls again'),
});

const anyWitness: fc.Arbitrary<WitnessPlan> = fc.record({
  kind: fc.constant('witness'),
  waits: fc.boolean(),
});

const single: fc.Arbitrary<SinglePlan> = fc.oneof(
  anyRetry,
  anyBreaker,
  anyTime,
  anyTime,
  anyBulkhead,
  anyBulkhead,
  anyRateLimit,
  anyFallback,
  anyOwn,
  anyWitness,
);

const policy: fc.Arbitrary<PolicyPlan> = fc.oneof(
  { weight: 8, arbitrary: single },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('pipeline' as const),
      policies: fc.array(single, { minLength: 1, maxLength: 3 }),
    }),
  },
);

const call: fc.Arbitrary<CallStep> = fc.record({
  do: fc.constant('call'),
  stack: fc.constantFrom('first', 'first', 'second'),
  deeds: fc.array(fc.record({ deed: fc.constantFrom(...DEEDS), ms }), {
    minLength: 1,
    maxLength: 4,
  }),
  abort: fc.oneof(
    fc.constant('never' as const),
    fc.constant('while waiting' as const),
    fc.constantFrom(...ABORTS),
  ),
  key: fc.constantFrom(undefined, undefined, 'a'),
  priority: fc.nat({ max: 2 }),
  deadlineMs: fc.constantFrom(Infinity, Infinity, Infinity, 0, 50, 150),
});

const MEDDLINGS = [
  ...Array.from({ length: 6 }, () => 'refuse' as const),
  ...Array.from({ length: 2 }, () => 'relent' as const),
  ...Array.from({ length: 3 }, () => 'relent and abort' as const),
  'dispose',
] as const;

const which = fc.nat({ max: 20 });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: call },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('advance' as const), ms }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('advance at once' as const, 'stall' as const), ms }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('abort' as const), which }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom(...MEDDLINGS),
      which,
    }),
  },
);

const refusing: fc.Arbitrary<Step> = fc.record({ do: fc.constant('refuse'), which });

/** A stack or two that share policies, and what happens to them: at first often a refusal, so that calls wait. */
export const plans: fc.Arbitrary<Plan> = fc.record({
  first: fc.array(policy, { minLength: 2, maxLength: 6, size: 'max' }),
  second: fc.array(fc.nat({ max: 5 }), { maxLength: 4 }),
  steps: fc
    .tuple(
      fc.array(refusing, { maxLength: 2 }),
      fc.array(step, { minLength: 2, maxLength: 14, size: 'max' }),
    )
    .map(([first, then]) => [...first, ...then]),
});
