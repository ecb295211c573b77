import { pipeline, type Executable } from '../../../src/index.ts';
import type { PolicyPlan } from './plan.ts';
import type { Place } from './policies.ts';

/** A stack of a random world. */
export interface Stack {
  readonly plans: readonly PolicyPlan[];
  readonly policy: Executable<unknown>;
  /** Of all its policies. */
  readonly names: ReadonlySet<string>;
}

export const stackOf = (places: readonly Place[]): Stack => {
  const policy = pipeline(...places.map((place) => place.policy));
  return {
    plans: places.map(({ plan }) => plan),
    policy,
    names: new Set(policy.name.split(' > ')),
  };
};
