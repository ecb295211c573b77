import type { Call, CallContext, RunOptions } from '../call.ts';
import { faultOf, faultOfCall } from '../options/run-options.ts';
import { Run } from './run.ts';
import type { Stack } from './stack.ts';

type Nested = NonNullable<Stack['nested']>;

/** A policy that only has `execute` runs what lies inside it as a stack of its own. */
const callThrough =
  ({ policy, rest }: Nested, call: Call<unknown>): Call<unknown> =>
  ({ signal, deadline, key, priority, attempt }: CallContext) =>
    policy.execute(
      (context) =>
        runStack(rest, call, { deadline, key, priority, signal: context.signal }, attempt),
      { signal, deadline, key, priority },
    );

/** Why a call is not even looked at, as a rejected promise; undefined when nothing is wrong. */
const denialOf = (call: unknown, options: RunOptions | undefined): Promise<never> | undefined => {
  const fault = faultOfCall(call) ?? faultOf(options);
  if (fault !== undefined) return Promise.reject(fault);
  return options?.signal?.aborted === true ? Promise.reject(options.signal.reason) : undefined;
};

/** Runs one call through a stack. `attempt` is the number that a stack outside gave it. */
export const runStack = (
  stack: Stack,
  call: Call<unknown>,
  options: RunOptions | undefined,
  attempt = 1,
): Promise<unknown> => {
  const { alone, nested } = stack;
  const plain = options === undefined && typeof call === 'function';
  const denial = plain ? undefined : denialOf(call, options);
  if (denial !== undefined) return denial;
  const done = attempt === 1 ? alone?.(call, options) : undefined;
  if (done !== undefined) return done;
  const inside = nested === undefined ? call : callThrough(nested, call);
  return new Run(stack, inside, options).begin(attempt);
};
