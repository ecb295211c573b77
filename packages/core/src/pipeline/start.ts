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
