import type { Executable, Policy, Wrap } from '../call.ts';
import { Emitter } from '../events/emitter.ts';
import { assertOptions, wrongType } from '../options/validate.ts';
import { warnOfOrder } from './order.ts';
import { stackPolicy } from './stack-policy.ts';
import { stackOf } from './stack.ts';
import { describePolicy, stagesOf, type PolicyDescription } from './stage.ts';

/** What a policy may answer in the call's stead. Read off `wrap` where there is one, for there `undefined` counts. */
type AlternativeOf<P> = P extends { readonly wrap: Wrap<infer Alt> }
  ? Alt
  : P extends { readonly alternative?: infer Alt }
    ? Exclude<Alt, undefined>
    : never;

/** A pipeline has no options of its own: update its policies. */
export type PipelineOptions = Record<string, never>;

/** Policies joined into one. */
export interface Pipeline<Alt = never> extends Policy<PipelineOptions, object, Alt> {
  /** The policies, outermost first, each with the options in force: for tests and for people. */
  describe(): readonly PolicyDescription[];
}

const snapshotOf = (policy: Executable<unknown>): unknown =>
  'snapshot' in policy && typeof policy.snapshot === 'function' ? policy.snapshot() : policy.name;

/**
 * Joins policies, outermost first, into one with one promise for the whole stack.
 *
 * A policy that only has `execute` (a user's own) is nested as it is. Disposing the pipeline leaves
 * its policies alone: they may be shared. Warns once (`HF_POLICY_ORDER`) of a breaker outside a retry, and
 * of a timeout outside a retry without a deadline. Throws `TypeError` for anything that is no policy.
 */
export const pipeline = <const P extends readonly Executable<unknown>[]>(
  ...policies: P
): Pipeline<AlternativeOf<P[number]>> => {
  if (policies.length === 0) throw wrongType('pipeline.policies', policies, 'at least one policy');
  const stack = stackOf(policies);
  warnOfOrder(policies.flatMap((policy) => stagesOf(policy) ?? []));
  const joined = stackPolicy<PipelineOptions, object, AlternativeOf<P[number]>>({
    name: policies.map(({ name }) => name).join(' > '),
    stack,
    events: new Emitter<object>(),
    update: (options) => assertOptions('pipeline.update', options, []),
    snapshot: () => ({ policies: policies.map(snapshotOf) }),
    dispose: () => undefined,
  });
  return Object.assign(joined, { describe: () => policies.flatMap(describePolicy) });
};
