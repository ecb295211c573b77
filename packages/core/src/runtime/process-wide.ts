/**
 * What a process has one of, however many copies of this package it has: an adapter may have brought one of its own,
 * and so has the file that a worker of a cluster begins with. They may be of different versions, so what is kept here
 * keeps its shape. Where there is none yet it is what `make` gives, unless that is undefined.
 */
export const processWide = <T extends object | undefined>(name: string, make: () => T): T => {
  const key = Symbol.for(`holdfast.${name}`);
  const found: T | undefined = Reflect.get(globalThis, key);
  if (found !== undefined) return found;
  const made = make();
  if (made !== undefined) Object.defineProperty(globalThis, key, { value: made });
  return made;
};
