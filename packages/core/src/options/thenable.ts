/** Whether a value can be waited for. What cannot be asked for its `then` is a value like any other. */
export const isThenable = (value: unknown): value is PromiseLike<unknown> => {
  if (typeof value !== 'object' || value === null) return false;
  try {
    return 'then' in value && typeof value.then === 'function';
  } catch {
    return false;
  }
};

/** The value; where nobody will hear how it ends, it must not end the process. */
export const unheard = <T>(value: T): T => {
  if (isThenable(value)) Promise.resolve(value).catch(() => undefined);
  return value;
};
