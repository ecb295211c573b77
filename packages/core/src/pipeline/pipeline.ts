import type { Executable, Policy, Wrap } from '../call.ts';
import { Emitter } from '../events/emitter.ts';
import { assertOptions } from '../options/validate.ts';
import { stackPolicy } from './stack-policy.ts';
import { stackOf } from './stack.ts';
import { wrongType } from '../options/validate.ts';

/** What a policy may answer in the call's stead. Read off `wrap` where there is one, for there `undefined` counts. */
type AlternativeOf<P> = P extends { readonly wrap: Wrap<infer Alt> }
  ? Alt
  : P extends { readonly alternative?: infer Alt }
    ? Exclude<Alt, undefined>
    : never;

/** A pipeline has no options of its own: update its policies. */
export type PipelineOptions = Record<string, never>;

/** Policies joined into one. */
export type Pipeline<Alt = never> = Policy<PipelineOptions, object, Alt>;

const snapshotOf = (policy: Executable<unknown>): unknown =>
  'snapshot' in policy && typeof policy.snapshot === 'function' ? policy.snapshot() : policy.name;

/**
 * Joins policies, outermost first, into one with one promise for the whole stack.
 *
 * A policy that only has `execute` (a user's own) is nested as it is. Disposing the pipeline leaves
 * its policies alone: they may be shared. Throws `TypeError` for anything that is no policy.
 */
export const pipeline = <const P extends readonly Executable<unknown>[]>(
  ...policies: P
): Pipeline<AlternativeOf<P[number]>> => {
  if (policies.length === 0) throw wrongType('pipeline.policies', policies, 'at least one policy');
  const stack = stackOf(policies);
  return stackPolicy({
    name: policies.map(({ name }) => name).join(' > '),
    stack,
    events: new Emitter<object>(),
    update: (options) => assertOptions('pipeline.update', options, []),
    snapshot: () => ({ policies: policies.map(snapshotOf) }),
    dispose: () => undefined,
  });
};
