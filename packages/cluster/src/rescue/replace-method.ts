type Method = (...given: unknown[]) => unknown;

/** Puts `method` in the place of one that a process has, until disposed of; whoever replaced it since is left alone. */
export const replaceMethod = <Name extends string>(
  owner: Readonly<Record<Name, unknown>>,
  name: Name,
  method: Method,
): Disposable => {
  const before = owner[name];
  Object.assign(owner, { [name]: method });
  return {
    [Symbol.dispose]: () => {
      if (owner[name] === method) Object.assign(owner, { [name]: before });
    },
  };
};
