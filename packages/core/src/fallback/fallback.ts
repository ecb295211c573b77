import type { CallContext, Executable, Policy } from '../call.ts';
import { Emitter } from '../events/emitter.ts';
import {
  assertFunction,
  assertOptions,
  given,
  nameOf,
  outOfRange,
  wrongType,
} from '../options/validate.ts';
import { failureStack } from '../pipeline/failure-stack.ts';
import { stackPolicy } from '../pipeline/stack-policy.ts';
import type { Again, CallRecord, Ending, PolicyDescription, Stage } from '../pipeline/stage.ts';

interface FallbackBasics {
  /** Stands in events and metrics. Default `fallback`. */
  readonly name?: string | undefined;
  /** For which errors. Default: every error, refusals included. */
  readonly when?: ((error: unknown) => boolean) | undefined;
}

/** A value to answer with. */
export interface ValueFallback<Alt> extends FallbackBasics {
  readonly value: Alt;
  readonly to?: undefined;
  readonly policy?: undefined;
}

/** A function that answers, by itself or under a policy of its own. */
export interface FunctionFallback<Alt, PolicyAlt = never> extends FallbackBasics {
  /** What to answer instead; may itself be asynchronous, and fail. */
  readonly to: (error: unknown, context: CallContext) => Alt | PromiseLike<Alt>;
  /** Runs `to`, so that the second dependency is guarded as the first is. */
  readonly policy?: Executable<PolicyAlt> | undefined;
  readonly value?: undefined;
}

/** Options of `fallback`: either `value` or `to`. */
export type FallbackOptions<Alt, PolicyAlt = never> =
  | ValueFallback<Alt>
  | FunctionFallback<Alt, PolicyAlt>;

type AnyOptions = FallbackOptions<unknown, unknown>;

const assertAnswer = ({ to, policy, ...rest }: AnyOptions): void => {
  assertFunction('to', to);
  if (rest.value !== undefined && to !== undefined)
    throw outOfRange('value', rest.value, 'not together with to');
  // A value may be undefined: that it is named is enough.
  if (!('value' in rest) && to === undefined)
    throw wrongType('to', to, 'a function, or a value to answer with');
  if (policy === undefined) return;
  if (typeof policy !== 'object' || policy === null || typeof policy.execute !== 'function')
    throw wrongType('policy', policy, 'a policy: an object with execute');
  if (to === undefined) throw outOfRange('policy', policy, 'only together with to, which it runs');
};

const assertAll = (options: AnyOptions): void => {
  assertOptions('fallback', options, ['name', 'value', 'to', 'policy', 'when']);
  nameOf('name', given(options.name, 'fallback'));
  assertFunction('when', options.when);
  assertAnswer(options);
};

/** A value takes the place of a function and its policy, and a function that of a value. */
const keptBy = (change: object, before: AnyOptions): Partial<AnyOptions> => {
  const { value: _value, to: _to, policy, ...rest } = before;
  if ('to' in change && change.to !== undefined) return { ...rest, policy };
  return 'value' in change ? rest : before;
};

class FallbackStage implements Stage<undefined> {
  readonly prolongs = true;
  readonly name: string;
  options: AnyOptions;
  answered = 0;

  constructor(name: string, options: AnyOptions) {
    this.name = name;
    this.options = options;
  }

  enter(): undefined {
    return undefined;
  }

  leave(_ticket: undefined, ending: Ending, record: CallRecord): Again | undefined {
    // A caller who has given up waits for no answer.
    if (ending.ok || record.options?.signal?.aborted === true) return undefined;
    return (context) => this.#answer(ending.error, context);
  }

  describe(): PolicyDescription {
    const { name, options } = this;
    return { policy: 'fallback', name, options: { ...options, policy: options.policy?.name } };
  }

  async #answer(error: unknown, context: CallContext): Promise<unknown> {
    const { to, value, policy, when } = this.options;
    if (when !== undefined && !when(error)) throw error;
    this.answered++;
    if (to === undefined) return value;
    if (policy === undefined) return await to(error, context);
    const { signal, deadline, key, priority } = context;
    return await policy.execute((inner) => to(error, inner), { signal, deadline, key, priority });
  }
}

/**
 * Answers in the call's stead when it fails: with a value, with what a function gives, or with what
 * a function gives under another policy. Not after the caller's abort. What `to` throws is what the
 * caller gets. Throws `TypeError` or `RangeError` for a wrong option.
 */
export const fallback = <Alt, PolicyAlt = never>(
  options: FallbackOptions<Alt, PolicyAlt>,
): Policy<FallbackOptions<Alt, PolicyAlt>, object, Alt | PolicyAlt> => {
  assertAll(options);
  const stage = new FallbackStage(given(options.name, 'fallback'), { ...options });
  const { name } = stage;
  return stackPolicy<FallbackOptions<Alt, PolicyAlt>, object, Alt | PolicyAlt>({
    name,
    stack: failureStack(stage, () => true),
    events: new Emitter(),
    update: (change) => {
      const merged = { ...keptBy(change, stage.options), ...change } as AnyOptions;
      assertAll(merged);
      stage.options = merged;
    },
    snapshot: () => ({ name, answered: stage.answered }),
    dispose: () => undefined,
  });
};
