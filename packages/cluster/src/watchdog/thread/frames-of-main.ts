/**
 * What `Error.stack` would say of the place where the main thread is: 60 frames of 300 characters at most. It goes to
 * that thread as text, so it may use nothing of this module. None of the program's code runs, and what the program
 * has set on `Error` is as it was afterwards. Undefined where the stack has no room left, or `Error` is frozen.
 */
export const framesOfMain = (): string | undefined => {
  const unset = { value: undefined, writable: true, configurable: true };
  const before = {
    stackTraceLimit: Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit') ?? unset,
    prepareStackTrace: Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace') ?? unset,
  };
  let frames: string | undefined;
  const prepare = (_: unknown, sites: readonly NodeJS.CallSite[]): void => {
    // The first two are this function and the script that calls it.
    frames = sites
      .slice(2)
      .map((site) => `    at ${String(site).slice(0, 300)}`)
      .join('\n');
  };
  try {
    Object.defineProperties(Error, {
      stackTraceLimit: { value: 62, configurable: true },
      prepareStackTrace: { value: prepare, configurable: true },
    });
    void new Error().stack;
    return frames;
  } catch {
    return undefined;
  } finally {
    // As deep in the stack as it was set: there is room for the one where there was for the other.
    Object.defineProperties(Error, before);
  }
};
