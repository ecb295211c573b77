const kept: unknown[] = [];

/** Keeps the value from being collected, for as long as the process lives. */
export const keep = (value: unknown): void => {
  kept.push(value);
};

/** Bytes held on and off the heap by what is still referenced. */
export const heldBytes = (): number => {
  if (globalThis.gc === undefined) throw new Error('needs --expose-gc');
  // Once more for what the finalizers of the first collection let go.
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};
