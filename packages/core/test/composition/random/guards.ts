import { expect } from 'vitest';
import {
  bulkhead,
  circuitBreaker,
  consecutive,
  isRefusal,
  pipeline,
  rateLimit,
  type CircuitBreaker,
} from '../../../src/index.ts';
import type { BreakerPlan, BulkheadPlan, RateLimitPlan } from './plan.ts';
import type { Built, Site } from './site.ts';
import { Witness } from './witness.ts';

interface Known {
  readonly witness: Witness;
  /** Probes that the world itself took, and settled as successes. */
  readonly probesHeld: number;
  readonly disposed: boolean;
}

/** What the witness inside saw, the breaker has counted: no refusal as a failure, nothing twice. */
const expectCounted = (breaker: CircuitBreaker, known: Known): void => {
  const { witness, probesHeld, disposed } = known;
  // A probe that settled after its lease is revoked by the next acquire, not by its end.
  const answer = breaker.tryAcquire();
  if (answer.admitted) answer.ignore();
  const { inFlight, waiting, probes, counters } = breaker.snapshot();
  const { admitted, successes, failures, ignored, lateSuccesses, lateFailures } = counters;
  const unsettled = disposed ? 0 : (probes?.unsettled ?? 0);
  expect({ inFlight, waiting, unsettled }).toEqual({ inFlight: 0, waiting: 0, unsettled: 0 });
  expect(successes + lateSuccesses).toBe(witness.answered + probesHeld);
  expect(failures + lateFailures).toBeLessThanOrEqual(witness.failed);
  expect(failures + lateFailures).toBeGreaterThanOrEqual(witness.blamed);
  const counted = successes + failures + ignored + lateSuccesses + lateFailures;
  expect(counted).toBeLessThanOrEqual(admitted);
  expect(witness.faults).toEqual([]);
  expect(witness.inside).toBe(0);
};

export const breakerOf = (plan: BreakerPlan, name: string, site: Site): Built => {
  const breaker = circuitBreaker({
    name,
    clock: site.clock,
    random: site.random,
    trip: consecutive(plan.failures),
    open: { baseMs: plan.openMs, maxMs: plan.openMs, jitter: 0 },
    halfOpen: { probes: plan.probes, overflow: plan.overflow },
    isFailure: plan.judged
      ? (error) => {
          if (isRefusal(error)) site.fault('a refusal was judged like a failure');
          return true;
        }
      : undefined,
  });
  const outcomes = { all: 0 };
  if (plan.heard) breaker.on('outcome', () => outcomes.all++);
  const witness = new Witness(`inside ${name}`);
  const relents: (() => void)[] = [];
  let [disposed, probesHeld] = [false, 0];
  const refusals = [
    () => breaker.open(100),
    () => {
      const isolation = breaker.isolate('drill');
      relents.push(() => isolation[Symbol.dispose]());
    },
    () => {
      breaker.open(0);
      const probe = breaker.tryAcquire();
      if (!probe.admitted) return;
      probesHeld++;
      relents.push(() => probe.success());
    },
  ];
  return {
    plan,
    policy: pipeline(breaker, witness.policy),
    waiting: () => breaker.snapshot().waiting,
    refuse: (which) => disposed || refusals[which % refusals.length]?.(),
    relent: () => relents.splice(0).forEach((relent) => relent()),
    dispose: () => {
      disposed = true;
      breaker[Symbol.dispose]();
    },
    expectQuiet: () => {
      expectCounted(breaker, { witness, probesHeld, disposed });
      if (plan.heard && !disposed) expect(outcomes.all).toBe(breaker.snapshot().counters.admitted);
    },
  };
};

export const bulkheadOf = (plan: BulkheadPlan, name: string, { clock }: Site): Built => {
  const { kind: _kind, ...options } = plan;
  const slots = bulkhead({ ...options, name, clock });
  const witness = new Witness(`inside ${name}`);
  const held: { release(): void }[] = [];
  return {
    plan,
    policy: pipeline(slots, witness.policy),
    waiting: () => slots.snapshot().waiting,
    refuse: () => {
      const slot = slots.tryAcquire();
      if (slot.admitted) held.push(slot);
    },
    relent: () => held.splice(0).forEach((slot) => slot.release()),
    dispose: () => slots[Symbol.dispose](),
    expectQuiet: () => {
      const { inFlight, waiting, lateInFlight } = slots.snapshot();
      expect({ inFlight, waiting, lateInFlight }).toEqual({
        inFlight: 0,
        waiting: 0,
        lateInFlight: 0,
      });
      expect(witness.most).toBeLessThanOrEqual(plan.concurrency);
      expect(witness.inside).toBe(0);
    },
  };
};

export const rateLimitOf = (plan: RateLimitPlan, name: string, { clock }: Site): Built => {
  const { limit, maxWaitMs } = plan;
  const policy = rateLimit({ ...limit, maxWaitMs, name, clock });
  const most = 'quota' in limit ? limit.quota : limit.burst;
  return {
    plan,
    policy,
    waiting: () => policy.snapshot().waiting,
    refuse: () => void policy.take({ cost: most }),
    relent: () => policy.reset(),
    dispose: () => policy[Symbol.dispose](),
    expectQuiet: () => {
      const { waiting, admitted, unsent } = policy.snapshot();
      expect(waiting).toBe(0);
      expect(unsent).toBeLessThanOrEqual(admitted);
    },
  };
};
