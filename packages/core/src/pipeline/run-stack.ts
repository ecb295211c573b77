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

/** Runs one call through a stack. `attempt` is the number that a stack outside gave it. */
export const runStack = (
  stack: Stack,
  call: Call<unknown>,
  options: RunOptions | undefined,
  attempt = 1,
): Promise<unknown> => {
  const fault = faultOfCall(call) ?? faultOf(options);
  if (fault !== undefined) return Promise.reject(fault);
  if (options?.signal?.aborted === true) return Promise.reject(options.signal.reason);
  const inside = stack.nested === undefined ? call : callThrough(stack.nested, call);
  return new Run({ stack, call: inside, options, from: 0, attempt, outer: undefined }).result;
};
