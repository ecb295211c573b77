import { SingleCallContext } from '../context.ts';
import { Run } from './run.ts';
import { stackOfOne, type Stack } from './stack.ts';
import type { Stage } from './stage.ts';
import { start, whenSettled } from './start.ts';

/**
 * The stack of a policy that acts on failures alone. A call that goes well needs no record: it is made
 * when one fails, and takes the same road as every other from there. `passes` is asked, in the place
 * of `enter`, whether a call may go that way; `leave` then gets the ticket `undefined`.
 */
export const failureStack = (stage: Stage, passes: () => boolean): Stack => {
  const stack: Stack = stackOfOne(stage, (call, options) =>
    passes()
      ? whenSettled(start(call, new SingleCallContext(options, stack.clock)), undefined, (error) =>
          new Run(stack, call, options).takeOver({ ok: false, error }),
        )
      : undefined,
  );
  return stack;
};
