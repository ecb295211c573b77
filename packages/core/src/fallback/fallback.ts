import type { CallContext, Policy } from '../call.ts';
import { Emitter } from '../events/emitter.ts';
import { assertFunction, assertOptions, nameOf, given } from '../options/validate.ts';
import { stackPolicy } from '../pipeline/stack-policy.ts';
import type { Again, CallRecord, Ending, Stage } from '../pipeline/stage.ts';
import { systemClock } from '../runtime/system-clock.ts';

/** Options of `fallback`; `to` is required. */
export interface FallbackOptions<Alt> {
  /** Stands in events and metrics. Default `fallback`. */
  readonly name?: string | undefined;
  /** What to answer instead; may itself be asynchronous, and fail. */
  readonly to: (error: unknown, context: CallContext) => Alt | PromiseLike<Alt>;
  /** For which errors. Default: every error, refusals included. */
  readonly when?: ((error: unknown) => boolean) | undefined;
}

class FallbackStage<Alt> implements Stage<undefined> {
  readonly repeats = true;
  options: FallbackOptions<Alt>;
  answered = 0;

  constructor(options: FallbackOptions<Alt>) {
    assertOptions('fallback', options, ['name', 'to', 'when']);
    nameOf('name', given(options.name, 'fallback'));
    assertFunction('to', given(options.to, null));
    assertFunction('when', options.when);
    this.options = options;
  }

  enter(): undefined {
    return undefined;
  }

  leave(_ticket: undefined, ending: Ending, record: CallRecord): Again | undefined {
    // A caller who has given up waits for no answer.
    if (ending.ok || record.options?.signal?.aborted === true) return undefined;
    const { to, when } = this.options;
    return async ({ signal }) => {
      if (when !== undefined && !when(ending.error)) throw ending.error;
      this.answered++;
      const { attempt, deadline, key, priority } = record;
      const remainingMs = (): number => record.remainingMs();
      return await to(ending.error, { signal, attempt, deadline, key, priority, remainingMs });
    };
  }
}

/**
 * Answers in the call's stead when it fails. Not after the caller's abort. What `to` throws is what
 * the caller gets. Throws `TypeError` for a wrong option.
 */
export const fallback = <Alt>(
  options: FallbackOptions<Alt>,
): Policy<FallbackOptions<Alt>, object, Alt> => {
  const stage = new FallbackStage(options);
  const name = given(options.name, 'fallback');
  return stackPolicy<FallbackOptions<Alt>, object, Alt>({
    name,
    stack: { stages: [stage], clock: systemClock, nested: undefined },
    events: new Emitter(),
    update: (change) => {
      ({ options: stage.options } = new FallbackStage({ ...stage.options, ...change, name }));
    },
    snapshot: () => ({ name, answered: stage.answered }),
    dispose: () => undefined,
  });
};
