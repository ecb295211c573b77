import type { CallContext, Executable, RunOptions, Wrap } from './call.ts';

/** `wrap` for any policy: the function's own arguments and `this`, run by `policy.execute`. */
export const wrapFor = <Alt>(policy: Executable<Alt>): Wrap<Alt> => {
  const plain = <This, Args extends unknown[], T>(
    fn: (this: This, ...args: Args) => T | PromiseLike<T>,
    options?: (...args: Args) => RunOptions,
  ) =>
    // A function of its own `this`: the wrapped one may be a method.
    async function wrapped(this: This, ...args: Args): Promise<T | Alt> {
      return await policy.execute(() => fn.apply(this, args), options?.(...args));
    };
  const withContext = <This, Args extends unknown[], T>(
    fn: (this: This, context: CallContext, ...args: Args) => T | PromiseLike<T>,
    options?: (...args: Args) => RunOptions,
  ) =>
    async function wrapped(this: This, ...args: Args): Promise<T | Alt> {
      return await policy.execute((context) => fn.call(this, context, ...args), options?.(...args));
    };
  return Object.assign(plain, { withContext });
};
