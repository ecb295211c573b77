/** Runs a function; what it throws at once is a rejection like any other, thenables are adopted. */
export const start = <Argument, T>(
  call: (argument: Argument) => T | PromiseLike<T>,
  argument: Argument,
): Promise<T> => {
  try {
    return Promise.resolve(call(argument));
  } catch (error) {
    return Promise.reject(error);
  }
};

// Taken once: a promise with a `then` of its own must not slip past a policy.
// oxlint-disable-next-line typescript/unbound-method -- only ever called with a promise as `this`
const { then } = Promise.prototype;

/** The promise's own `then`. */
export const whenSettled = <T, Value, Other = never>(
  promise: Promise<T>,
  onValue: ((value: T) => Value | PromiseLike<Value>) | undefined,
  onError: (error: unknown) => Other | PromiseLike<Other>,
): Promise<Value | Other> => then.call(promise, onValue, onError) as Promise<Value | Other>;
