import { expect } from 'vitest';
import {
  deadline,
  isRefusal,
  pipeline,
  retry,
  retryBudget,
  timeout,
  type Executable,
} from '../../../src/index.ts';
import { UNWANTED } from './deeds.ts';
import { fallbackOf } from './fallbacks.ts';
import { breakerOf, bulkheadOf, rateLimitOf } from './guards.ts';
import { ownPolicy } from './own-policy.ts';
import type { PolicyPlan, RetryPlan, SinglePlan, TimePlan } from './plan.ts';
import type { Built, Site } from './site.ts';
import { Witness } from './witness.ts';

const retryOf = (plan: RetryPlan, name: string, site: Site): Built => {
  const { clock, random } = site;
  const budgets = { none: false, own: retryBudget({ clock }), shared: site.budget } as const;
  const policy = retry({
    name,
    clock,
    random,
    attempts: plan.attempts,
    backoff: { kind: 'constant', baseMs: plan.baseMs, jitter: 'equal' },
    maxElapsedMs: plan.maxElapsedMs,
    budget: budgets[plan.budget],
    when: (error) => {
      if (isRefusal(error)) site.fault('a refusal was thought of as worth a further attempt');
      return true;
    },
    whenResult: plan.onResults ? (result) => result === UNWANTED : undefined,
  });
  return { plan, policy, dispose: () => policy[Symbol.dispose]() };
};

const timeOf = (plan: TimePlan, name: string, { clock }: Site): Built => {
  const policy =
    plan.kind === 'timeout'
      ? timeout({ name, timeoutMs: plan.ms, clock })
      : deadline({ name, deadlineMs: plan.ms, clock });
  return {
    plan,
    policy,
    dispose: () => policy[Symbol.dispose](),
    expectQuiet: () => expect(policy.snapshot()).toMatchObject({ lateInFlight: 0 }),
  };
};

const witnessOf = (plan: SinglePlan & { kind: 'witness' }, name: string): Built => {
  const witness = new Witness(name, plan.waits);
  return {
    plan,
    policy: witness.policy,
    expectQuiet: () => {
      expect(witness.faults).toEqual([]);
      expect(witness.left).toBe(witness.entered);
    },
  };
};

const singleOf = (plan: SinglePlan, name: string, site: Site): Built => {
  switch (plan.kind) {
    case 'retry':
      return retryOf(plan, name, site);
    case 'timeout':
    case 'deadline':
      return timeOf(plan, name, site);
    case 'breaker':
      return breakerOf(plan, name, site);
    case 'bulkhead':
      return bulkheadOf(plan, name, site);
    case 'rate limit':
      return rateLimitOf(plan, name, site);
    case 'fallback':
      return fallbackOf(plan, name, site);
    case 'own':
      return { plan, policy: ownPolicy(plan, name, site) };
    case 'witness':
      return witnessOf(plan, name);
  }
};

/** A place in a stack, and the policies that stand in it: several for a pipeline. */
export interface Place {
  readonly plan: PolicyPlan;
  readonly policy: Executable<unknown>;
  readonly built: readonly Built[];
}

export const placeOf = (plan: PolicyPlan, index: number, site: Site): Place => {
  const name = `${plan.kind} ${index}`;
  if (plan.kind !== 'pipeline') {
    const built = singleOf(plan, name, site);
    return { plan, policy: built.policy, built: [built] };
  }
  const built = plan.policies.map((inner, at) =>
    singleOf(inner, `${inner.kind} ${index}.${at}`, site),
  );
  return { plan, policy: pipeline(...built.map(({ policy }) => policy)), built };
};
