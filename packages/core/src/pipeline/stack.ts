import type { Call, Executable, RunOptions } from '../call.ts';
import { wrongType } from '../options/validate.ts';
import type { Clock } from '../runtime/clock.ts';
import { systemClock } from '../runtime/system-clock.ts';
import { stagesOf, type Stage } from './stage.ts';

/** Stages that share one promise, and what lies inside the innermost. */
export interface Stack {
  readonly stages: readonly Stage[];
  readonly clock: Clock;
  /** A policy that only has `execute` ends the stack; a further stack lies inside it. */
  readonly nested: { readonly policy: Executable<unknown>; readonly rest: Stack } | undefined;
  /**
   * Runs a call through the one stage of this stack without a record; undefined where the call needs
   * one. Call and options are checked already, and nobody has given up yet.
   */
  readonly alone?: (
    call: Call<unknown>,
    options: RunOptions | undefined,
  ) => Promise<unknown> | undefined;
}

/** The stack of a policy that is one stage. */
export const stackOfOne = (stage: Stage, alone?: Stack['alone']): Stack => {
  const clock = stage.clock ?? systemClock;
  return alone === undefined
    ? { stages: [stage], clock, nested: undefined }
    : { stages: [stage], clock, nested: undefined, alone };
};

const tellInside = (stages: readonly Stage[]): void => {
  let timeoutMs = Infinity;
  for (const stage of stages.toReversed()) {
    if (timeoutMs < Infinity) stage.composed?.({ timeoutMs });
    const inside = stage.prolongs === true ? Infinity : timeoutMs;
    timeoutMs = Math.min(inside, stage.timeoutMs ?? Infinity);
  }
};

/**
 * Joins policies, outermost first, and tells each stage what bounds the calls inside it. `outside`
 * is how many lie outside these.
 */
export const stackOf = (policies: readonly Executable<unknown>[], outside = 0): Stack => {
  const stages: Stage[] = [];
  let nested: Stack['nested'];
  for (const [index, policy] of policies.entries()) {
    if (typeof policy !== 'object' || policy === null || typeof policy.execute !== 'function') {
      const place = `pipeline.policies[${outside + index}]`;
      throw wrongType(place, policy, 'a policy: an object with execute');
    }
    const own = stagesOf(policy);
    if (own !== undefined) stages.push(...own);
    else {
      nested = { policy, rest: stackOf(policies.slice(index + 1), outside + index + 1) };
      break;
    }
  }
  tellInside(stages);
  const clock = stages.find((stage) => stage.clock !== undefined)?.clock ?? systemClock;
  return { stages, clock, nested };
};
